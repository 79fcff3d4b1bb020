// What the buttons do: one function for each, which asks what is to be asked, calls the API and looks again.

import { ask, choiceField, inputField, nameField, textField } from "./dialogs.js";
import { isBoard } from "./identity.js";
import { say } from "./news.js";
import { inShort, nameOf } from "./words.js";

export class Actions {
  #api;
  #state;
  #sync;

  constructor(api, state, sync) {
    this.#api = api;
    this.#state = state;
    this.#sync = sync;
  }

  renew(session) {
    return this.#now("renew", session, () => this.#api.post(`${path(session)}/renew`));
  }

  release(session) {
    const next = this.#state.lines.get(session.id)?.[0]?.user;
    return ask({
      title: `Release ${nameOf(session)}?`,
      text: next ? `${next} is next in line and gets it.` : "Others can take it then.",
      buttons: [{ text: "Release", act: () => this.#then(session, () => this.#api.delete(path(session))) }],
    });
  }

  give(session) {
    const others = new Set([...this.#state.sessions.values()].map(({ user }) => user));
    for (const { requester } of this.#state.toAnswer()) others.add(requester);
    others.delete(this.#state.me.user);
    return ask({
      title: `Give ${nameOf(session)} to somebody`,
      text: "It goes to the workstation at which they were seen last.",
      fields: [nameField("user", "To whom", [...others].sort())],
      buttons: [{ text: "Give", act: (body) => this.#then(session, () => this.#api.post(`${path(session)}/give`, body)) }],
    });
  }

  /** Asks the holder; with `inLine` one gets it when it is free, whatever the holder does. */
  async ask(session, inLine) {
    const workstations = await this.#workstations();
    return ask({
      title: inLine ? `Stand in line for ${nameOf(session)}` : `Ask ${session.user} for ${nameOf(session)}`,
      text: inLine ? "You get it when it is free, unless somebody stands before you." : null,
      fields: [
        textField("message", `Message to ${session.user}`, { value: "May I have it?", required: true }),
        choiceField("workstation_id", "It goes to", workstations),
      ],
      buttons: [
        {
          text: inLine ? "Stand in line" : "Ask",
          act: (body) => this.#then(session, () => this.#api.post(`${path(session)}/request-handoff`, { ...body, auto_acquire: inLine })),
        },
      ],
    });
  }

  accept(request) {
    return this.#now("accept the request for", request, () => this.#api.post(`api/handoff-requests/${request.id}/accept`));
  }

  decline(request) {
    const decline = ({ message }) =>
      this.#api.post(`api/handoff-requests/${request.id}/decline`, message.trim() ? { message } : undefined);
    return ask({
      title: `Decline ${request.requester}’s request for ${nameOf(request)}`,
      fields: [textField("message", `Message to ${request.requester} (may be left out)`)],
      buttons: [{ text: "Decline", act: (body) => this.#then(request, () => decline(body)) }],
    });
  }

  takeBack(request) {
    return this.#now("take back the request for", request, () => this.#api.delete(`api/handoff-requests/${request.id}`));
  }

  override(session) {
    return ask({
      title: `Override ${session.user} on ${nameOf(session)}`,
      text: `${session.user} loses the session; what was saved as a draft is kept as a checkpoint. This can’t be undone, and is recorded with your name.`,
      fields: [textField("reason", "Reason", { required: true })],
      buttons: [{ text: "Override", kind: "main danger", act: (body) => this.#override(session, body) }],
    });
  }

  async #override(session, body) {
    const answer = await this.#then(session, () => this.#api.post(`${path(session)}/force-release`, body));
    if (answer.released) return;
    await this.#sync.approvals();
    const { workflow, gates } = answer.approval;
    const labels = gates.filter(({ required }) => required).map(({ label }) => label);
    say(`The override of ${nameOf(session)} waits for an approval (${[workflow, ...labels].join(", ")}). ${session.user} holds it until then.`);
  }

  sign(approval) {
    const gates = this.#state.openGates(approval).map(({ role, label }) => [role, label]);
    const sign = (decision) => ({ comment, gate }) =>
      this.#thenApprovals(() =>
        this.#api.post(`api/approvals/${approval.id}/sign`, { decision, gate, ...(comment.trim() ? { comment } : {}) }),
      );
    return ask({
      title: `Sign for the override of ${nameOf(approval)}`,
      text: `${approval.requested_by} gives as the reason: “${approval.reason}”`,
      fields: [choiceField("gate", "Sign as", gates), textField("comment", "Comment (may be left out)")],
      buttons: [
        { text: "Approve", act: sign("approve") },
        { text: "Reject", kind: "danger", act: sign("reject") },
      ],
    });
  }

  callOff(approval) {
    return this.#attempt("call off the override of", approval, () =>
      this.#thenApprovals(() => this.#api.post(`api/approvals/${approval.id}/cancel`)),
    );
  }

  async reserve() {
    const workstations = await this.#workstations();
    const repeats = [["", "once"], ["DAILY", "every day"], ["WEEKLY", "every week"], ["MONTHLY", "every month"]];
    return ask({
      title: "Reserve parts",
      text: "At its beginning you get what is free, and stand first in line for the rest until its end.",
      fields: [
        textField("parts", "Parts, by commas or in lines", { required: true }),
        inputField("from", "From", "datetime-local", { required: true }),
        inputField("until", "Until", "datetime-local", { required: true }),
        choiceField("freq", "How often", repeats),
        inputField("count", "How many times", "number", { min: 1, max: 1000, value: 1, required: true }),
        textField("note", "What for (may be left out)", { maxlength: 500 }),
        choiceField("workstation_id", "It goes to", workstations),
      ],
      buttons: [{ text: "Reserve", act: (fields) => this.#thenReservations(() => this.#api.post("api/reservations", wanted(fields))) }],
    });
  }

  withdraw(reservation) {
    return ask({
      title: `Withdraw the reservation of ${inShort(reservation.part_numbers)}?`,
      text: reservation.repeat ? "All of its times are taken back." : "Others can reserve it then.",
      buttons: [{ text: "Withdraw", act: () => this.#thenReservations(() => this.#api.delete(`api/reservations/${reservation.id}`)) }],
    });
  }

  /** One's own workstations, the one that was seen last first; a browser, which edits nothing, after all others. */
  async #workstations() {
    const all = await this.#api.list("api/workstations", "workstations").catch(() => []);
    const { workstationId } = this.#state.me;
    const editing = all.filter((each) => !isBoard(each)).sort((a, b) => (b.last_seen ?? "").localeCompare(a.last_seen ?? ""));
    return [...editing.map(({ id, name }) => [id, name]), [workstationId, "this browser"]];
  }

  #now(what, about, call) {
    return this.#attempt(what, about, () => this.#then(about, call));
  }

  /** Acts at once; what goes wrong is said at the top. */
  async #attempt(what, about, act) {
    try {
      await act();
    } catch (problem) {
      say(`Couldn’t ${what} ${nameOf(about)}: ${problem.message}`, { kind: "bad" });
    }
  }

  /** Acts, and looks at the part again, also where that has failed: what the board showed wasn't so any more. */
  async #then({ part_number: partNumber }, call) {
    try {
      return await call();
    } finally {
      void this.#sync.part(partNumber);
    }
  }

  async #thenReservations(call) {
    try {
      return await call();
    } finally {
      void this.#sync.reservations();
    }
  }

  async #thenApprovals(call) {
    try {
      return await call();
    } finally {
      void this.#sync.approvals();
    }
  }
}

function path({ part_number: partNumber, id }) {
  return `api/items/${encodeURIComponent(partNumber)}/edit-sessions/${id}`;
}

/** A reservation as the API takes it. What repeats goes by this browser's clocks. */
function wanted({ parts, from, until, freq, count, note, workstation_id }) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const start = `DTSTART;TZID=${timeZone}:${from.slice(0, 16).replaceAll(/[-:]/g, "")}00`;
  return {
    part_numbers: parts.split(/[\s,]+/).filter(Boolean),
    workstation_id,
    starts_at: new Date(from).toISOString(),
    ends_at: new Date(until).toISOString(),
    ...(freq ? { repeat: `${start}\nRRULE:FREQ=${freq};COUNT=${count}` } : {}),
    ...(note.trim() ? { note } : {}),
  };
}
