// Who holds what: a row for each session.

import { announce, byId, h, reconcile } from "./dom.js";
import { counted, duration, inFull, instant, nameOf } from "./words.js";

/** How many of those who stand in a line are named. */
const NAMED_MAX = 5;

export class Table {
  #state;
  #actions;
  #now;
  #rows = new Map();

  constructor(state, actions, now) {
    [this.#state, this.#actions, this.#now] = [state, actions, now];
    const filter = () => announce(this.#filter());
    byId("filter").oninput = filter;
    byId("only-mine").onchange = filter;
    byId("sort").onchange = () => this.show();
  }

  /** Shows what the board knows. */
  show() {
    const sessions = this.#state.sorted(byId("sort").value);
    const asked = new Map(this.#state.asked().map((request) => [request.session_id, request]));
    const overrides = new Map(this.#state.approvals.map((approval) => [approval.resource_id, approval]));
    const entries = sessions.map((session) => {
      const beside = [asked.get(session.id), this.#state.lines.get(session.id), overrides.get(session.id)];
      return { key: session.id, sign: JSON.stringify([session, beside]), make: () => this.#row(session, ...beside) };
    });
    reconcile(byId("sessions").tBodies[0], this.#rows, entries);
    this.#filter();
  }

  /** Shows the rows that hold what the filter says, and gives their count in words. */
  #filter() {
    const words = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const onlyMine = byId("only-mine").checked;
    let shown = 0;
    for (const { element } of this.#rows.values()) {
      const isShown = words.every((word) => element.dataset.text.includes(word)) && (!onlyMine || element.classList.contains("mine"));
      element.hidden = !isShown;
      if (isShown) shown += 1;
    }
    const all = this.#rows.size;
    const count = shown < all ? `${shown} of ${counted(all, "session")}` : counted(all, "session");
    byId("count").textContent = count;
    byId("sessions").hidden = shown === 0;
    byId("nothing").hidden = shown !== 0;
    byId("nothing").textContent = all === 0 ? "Nobody holds anything. A part stands here as soon as somebody acquires it." : "Nothing fits the filter.";
    return count;
  }

  #row(session, request, line, approval) {
    const { user, note, object_id: objectId, context_level: level } = session;
    const details = [objectId && `only ${objectId}`, level !== "part" && level].filter(Boolean);
    const waiting = line ?? [];
    const isMine = this.#state.isMine(session);
    const cell = (kind, ...content) => h("td", { role: "cell", class: kind }, content);
    return h(
      "tr",
      {
        role: "row",
        class: isMine ? "mine" : null,
        "data-text": [nameOf(session), session.part_number, user, note ?? "", objectId ?? ""].join("\n").toLowerCase(),
      },
      h("th", { role: "rowheader", scope: "row", class: "part" }, nameOf(session), details.length > 0 && h("small", {}, details.join(", "))),
      cell("holder", isMine ? h("strong", {}, "you") : user),
      h("td", { role: "cell", class: "note", title: note }, note ?? h("span", { class: "none" }, "–")),
      cell("time", ...times(session, this.#now())),
      cell("line", waiting.length === 0 ? h("span", { class: "none" }, "–") : inLine(waiting, this.#state.me.user)),
      cell("actions", this.#buttons(session, isMine, request, approval)),
    );
  }

  #buttons(session, isMine, request, approval) {
    const [actions, name, { isEditor, isAdmin }] = [this.#actions, nameOf(session), this.#state.me];
    if (isMine) return ownButtons(session, actions, isEditor);
    const isInLine = request?.auto_acquire;
    return [
      isEditor && !request && button("Ask", `${session.user} for ${name}`, () => actions.ask(session, false)),
      isEditor && !isInLine && button("Stand in line", `for ${name}`, () => actions.ask(session, true)),
      request && button(isInLine ? "Leave the line" : "Take back", isInLine ? `for ${name}` : `the request for ${name}`, () => actions.takeBack(request)),
      approval && h("span", { class: "none" }, "override asked for"),
      isAdmin && !approval && button("Override", `${session.user} on ${name}`, () => actions.override(session), "danger"),
    ];
  }
}

/** Shows those rows alone that are one's own. */
export function showOnlyMine() {
  byId("only-mine").checked = true;
  byId("only-mine").dispatchEvent(new Event("change"));
  byId("everything").focus();
}

/** What one does with a session of one's own. */
export function ownButtons(session, actions, isEditor) {
  if (!isEditor) return [];
  const name = nameOf(session);
  return [
    button("Renew", name, () => actions.renew(session)),
    button("Give", `${name} to somebody`, () => actions.give(session)),
    button("Release", name, () => actions.release(session)),
  ];
}

/** A button of so short a name that what it is about is said to those who don't see where it stands. */
export function button(text, about, onclick, kind = null) {
  return h("button", { type: "button", class: kind, "aria-label": `${text} ${about}`, "data-action": text, onclick }, text);
}

/** Since when, and until when unless it is renewed. */
export function times({ acquired_at: since, expires_at: until, reserved_from: reserved }, now) {
  return [
    elapsed(since, now),
    h("small", { title: `${inFull(until)}, unless it is renewed` }, `until ${instant(until, now)}`),
    reserved && h("small", { title: `${inFull(reserved)}, by somebody else` }, `reserved from ${instant(reserved, now)}`),
  ];
}

/** How long it has been since an instant; `after` is said after it, such as "ago". */
export function elapsed(since, now, after = "") {
  const element = h("time", { datetime: since, title: `since ${inFull(since)}`, "data-after": after });
  tell(element, now);
  return element;
}

/** Says how long it has been by now, wherever that stands. */
export function tick(now) {
  for (const element of document.querySelectorAll("time[data-after]")) tell(element, now);
}

function tell(element, now) {
  const text = duration(now - Date.parse(element.dateTime), element.dataset.after);
  if (element.textContent !== text) element.textContent = text;
}

function inLine(waiting, me) {
  const person = ({ user, created_at: since, absent }) =>
    h("li", { title: `since ${inFull(since)}` }, user === me ? h("strong", {}, "you") : user, absent && h("small", {}, " (away)"));
  const rest = waiting.length - NAMED_MAX;
  return h("ol", {}, waiting.slice(0, NAMED_MAX).map(person), rest > 0 && h("li", { class: "more" }, `and ${rest} more`));
}
