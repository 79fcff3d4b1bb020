// What concerns oneself, wherever one sits: what hasn't been read, what is pressing first.

import { byId, h, reconcile } from "./dom.js";
import { say } from "./news.js";
import { button, elapsed } from "./table.js";
import { nameOf } from "./words.js";

/** How many entries are shown at once. */
const SHOWN_MAX = 20;

/** How long to gather: a burst of events is one look. */
const GATHER_MS = 300;

const quoted = (message) => (message ? `: “${message}”` : "");

/** What an entry says, by its type. */
const SENTENCES = {
  "edit.handoff_requested": ({ requester, message }, name) => `${requester} asked you for ${name}${quoted(message)}`,
  "edit.handoff_accepted": ({ holder }, name) => `${holder} accepted your request for ${name}`,
  "edit.handoff_declined": ({ holder, message }, name) => `${holder} declined your request for ${name}${quoted(message)}`,
  "edit.handoff_cancelled": ({ requester }, name) => `${requester} took back the request for ${name}`,
  "edit.force_released": ({ admin, reason }, name) => `${admin} overrode your session on ${name}${quoted(reason)}`,
  "edit.session_granted": (_, name) => `${name} was yours: you were next in line`,
  "edit.session_transferred": ({ from, to }, name) => `${name} went from ${from} to ${to}`,
  "edit.session_stale": ({ user }, name) => `${user} holds ${name} and has done nothing for long`,
  "approval.created": ({ by }, name) => `${by} asked for an override of ${name}`,
  "approval.signed": ({ by }, name) => `${by} signed the override of ${name}`,
  "approval.completed": ({ state }, name) => `The override of ${name} is ${state}`,
  "workstation.command": ({ type, data }) => (type === "message" ? `A message to you${quoted(data?.message)}` : `A workstation of yours was asked to ${type}`),
  "workstation.command_done": ({ state, message }) => `What you asked a workstation for is ${state}${quoted(message)}`,
};

export class Inbox {
  #api;
  #now;
  #cards = new Map();
  #mutes = new Map();
  #timer = null;
  #isOver = false;
  /** The newest entry that is shown. */
  #newest = null;

  constructor(api, now) {
    [this.#api, this.#now] = [api, now];
    byId("read-all").onclick = () => this.#do(() => this.#api.post("api/inbox/read", { through: this.#newest }));
  }

  /** Looks soon, once for whatever comes meanwhile. */
  look() {
    if (this.#isOver) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.#look();
    }, GATHER_MS);
  }

  /** Ends it for good. */
  stop() {
    this.#isOver = true;
    clearTimeout(this.#timer);
    byId("inbox").hidden = true;
  }

  async #look() {
    try {
      const [{ entries }, { unread }, { muted }] = await Promise.all([
        this.#api.get(`api/inbox?unread=true&limit=${SHOWN_MAX}`),
        this.#api.get("api/inbox/count"),
        this.#api.get("api/preferences"),
      ]);
      if (!this.#isOver) this.#show(entries, unread, muted);
    } catch (problem) {
      // That the connection is lost is said already, and that one is signed out as well.
      if (problem.status !== 0 && problem.status !== 401) say(problem.message, { kind: "bad", about: "inbox" });
    }
  }

  #show(entries, unread, muted) {
    this.#newest = entries.map(({ id }) => id).reduce((a, b) => (a !== null && Number(a) > Number(b) ? a : b), null);
    const isHigh = ({ priority }) => priority === "high";
    const sorted = [...entries.filter(isHigh), ...entries.filter((entry) => !isHigh(entry))];
    const cards = sorted.map((entry) => ({ key: entry.id, sign: JSON.stringify([entry, muted]), make: () => this.#card(entry, muted) }));
    reconcile(byId("entries"), this.#cards, cards);
    const tags = muted.map((type) => ({ key: type, sign: muted.join(), make: () => this.#tag(type, muted) }));
    reconcile(byId("muted"), this.#mutes, tags);
    byId("unread").textContent = `${unread} unread`;
    byId("read-all").hidden = entries.length === 0;
    byId("inbox").hidden = entries.length === 0 && muted.length === 0;
  }

  #card(entry, muted) {
    const { id, type, time, data, priority } = entry;
    const text = SENTENCES[type]?.(data, nameOf(entry)) ?? `${type} ${nameOf(entry) ?? ""}`;
    const read = () => this.#do(() => this.#api.post("api/inbox/read", { ids: [id] }));
    return h(
      "li",
      { class: priority },
      h("p", {}, priority === "high" && h("strong", {}, "Pressing: "), text, h("small", {}, elapsed(time, this.#now(), "ago"))),
      h("div", { class: "buttons" }, button("Mark as read", text, read), button("Mute", `entries of the type ${type}`, () => this.#prefer([...muted, type]))),
    );
  }

  #tag(type, muted) {
    const unmute = () => this.#prefer(muted.filter((other) => other !== type));
    return h("li", {}, h("span", {}, `${type} is muted`), button("Unmute", `entries of the type ${type}`, unmute));
  }

  #prefer(muted) {
    return this.#do(() => this.#api.put("api/preferences", { muted }));
  }

  async #do(act) {
    try {
      await act();
    } catch (problem) {
      say(problem.message, { kind: "bad", about: "inbox" });
    }
    await this.#look();
  }
}
