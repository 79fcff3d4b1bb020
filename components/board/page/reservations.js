// What is reserved: a card for each reservation, that first which comes first.

import { byId, h, reconcile } from "./dom.js";
import { button } from "./table.js";
import { counted, inFull, instant, inShort } from "./words.js";

/** How many have a card. */
const SHOWN_MAX = 30;

export class Reservations {
  #state;
  #actions;
  #now;
  #cards = new Map();

  constructor(state, actions, now) {
    [this.#state, this.#actions, this.#now] = [state, actions, now];
    byId("reserve").hidden = !state.me.isEditor;
    byId("reserve").onclick = () => actions.reserve();
  }

  /** Shows what the board knows. */
  show() {
    const all = this.#state.reserved();
    const entries = all.slice(0, SHOWN_MAX).map((reservation) => ({
      key: reservation.id,
      sign: JSON.stringify(reservation),
      make: () => this.#card(reservation),
    }));
    reconcile(byId("reserved").querySelector("ul"), this.#cards, entries);
    byId("reserved-count").textContent = all.length > SHOWN_MAX ? `the next ${SHOWN_MAX} of ${counted(all.length, "reservation")}` : "";
    byId("reserved").hidden = all.length === 0 && !this.#state.me.isEditor;
  }

  #card(reservation) {
    const { user, part_numbers: parts, note, repeat, times, next } = reservation;
    const { isAdmin, isEditor } = this.#state.me;
    const isMine = this.#state.isMine(reservation);
    const { starts_at: from, ends_at: until } = next ?? reservation;
    const when = h("span", { class: "times", title: `${inFull(from)} to ${inFull(until)}` }, `${instant(from, this.#now())} to ${instant(until, Date.parse(from))}`);
    const withdraw = button("Withdraw", `the reservation of ${inShort(parts)}`, () => this.#actions.withdraw(reservation));
    return h(
      "li",
      {},
      h("h3", { title: parts.length > 1 ? parts.slice(0, 100).join(", ") : null }, inShort(parts)),
      h("p", {}, isMine ? "you" : h("strong", {}, user), note && h("q", {}, note), when, repeat && h("small", {}, `${counted(times, "time")} in all`)),
      h("div", { class: "buttons" }, ((isMine && isEditor) || isAdmin) && withdraw),
    );
  }
}
