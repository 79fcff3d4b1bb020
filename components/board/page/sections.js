// What concerns oneself: a card for each thing.

import { byId, h, reconcile } from "./dom.js";
import { button, elapsed, ownButtons, showOnlyMine, times } from "./table.js";
import { counted, nameOf } from "./words.js";

/** How many sessions of one's own have a card each. */
const HELD_MAX = 6;

export class Sections {
  #state;
  #actions;
  #now;
  #cards = { "asked-of-you": new Map(), yours: new Map() };

  constructor(state, actions, now) {
    [this.#state, this.#actions, this.#now] = [state, actions, now];
  }

  /** Shows what the board knows. */
  show() {
    const state = this.#state;
    this.#fill("asked-of-you", [
      ...state.toAnswer().map((request) => entry(request, () => this.#toAnswer(request))),
      ...state.toSign().map((approval) => entry(approval, () => this.#toSign(approval))),
    ]);
    this.#fill("yours", [
      ...this.#heldOnes(state.mine()),
      ...state.asked().map((request) => entry(request, () => this.#asked(request))),
      ...state.overrides().map((approval) => entry(approval, () => this.#override(approval))),
    ]);
  }

  #fill(id, entries) {
    reconcile(byId(id).querySelector("ul"), this.#cards[id], entries);
    byId(id).hidden = entries.length === 0;
  }

  #toAnswer(request) {
    const { requester, message, created_at: since, workstation_id: workstation, auto_acquire: inLine } = request;
    const what = inLine ? " asks for it, and stands in line" : " asks for it";
    return card(
      nameOf(request),
      [h("strong", {}, requester), what, h("q", {}, message), workstation ? null : h("small", {}, "accepting releases it"), asOf(since, this.#now())],
      [
        button("Accept", `${requester}’s request for ${nameOf(request)}`, () => this.#actions.accept(request), "main"),
        button("Decline", `${requester}’s request for ${nameOf(request)}`, () => this.#actions.decline(request)),
      ],
    );
  }

  #toSign(approval) {
    const { requested_by: by, reason, created_at: since } = approval;
    const holder = this.#state.sessions.get(approval.resource_id)?.user;
    return card(
      nameOf(approval),
      [h("strong", {}, by), ` wants to override ${holder ?? "its holder"}`, h("q", {}, reason), asOf(since, this.#now())],
      [button("Sign", `for the override of ${nameOf(approval)}`, () => this.#actions.sign(approval), "main")],
    );
  }

  /** Few sessions have a card each; of many, the table shows the rows. */
  #heldOnes(sessions) {
    if (sessions.length <= HELD_MAX) return sessions.map((session) => entry(session, () => this.#held(session)));
    const count = counted(sessions.length, "part");
    return [{ key: "held", sign: count, make: () => card(count, ["held by you"], [button("Show", `the ${count} that you hold`, showOnlyMine)]) }];
  }

  #held(session) {
    const { note } = session;
    const text = [note && h("q", {}, note), h("span", { class: "times" }, times(session, this.#now()))];
    return card(nameOf(session), text, ownButtons(session, this.#actions, this.#state.me.isEditor));
  }

  #asked(request) {
    const { holder, message, auto_acquire: inLine, created_at: since } = request;
    const text = [inLine ? "you stand in line behind " : "you asked ", h("strong", {}, holder), h("q", {}, message), asOf(since, this.#now())];
    const name = inLine ? "Leave the line" : "Take back";
    const about = inLine ? `for ${nameOf(request)}` : `the request for ${nameOf(request)}`;
    return card(nameOf(request), text, [button(name, about, () => this.#actions.takeBack(request))]);
  }

  #override(approval) {
    const open = approval.gates.filter(({ required, status }) => required && status === "pending").map(({ label }) => label);
    const text = ["your override waits for ", h("strong", {}, open.join(", ") || approval.workflow), h("q", {}, approval.reason), asOf(approval.created_at, this.#now())];
    return card(nameOf(approval), text, [button("Call off", `the override of ${nameOf(approval)}`, () => this.#actions.callOff(approval))]);
  }
}

function entry(document, make) {
  return { key: document.id, sign: JSON.stringify(document), make };
}

function card(title, text, buttons) {
  return h("li", {}, h("h3", {}, title), h("p", {}, text), h("div", { class: "buttons" }, buttons));
}

function asOf(since, now) {
  return h("small", {}, elapsed(since, now, "ago"));
}
