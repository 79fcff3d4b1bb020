// Webhooks, for admins: what is sent where, whether it arrives, and once more.

import { byId, h, reconcile } from "./dom.js";
import { say } from "./news.js";
import { button, elapsed } from "./table.js";
import { counted, nameOf } from "./words.js";

/** How often it is looked whether a test has arrived, and how often at most: an attempt ends within 15 s. */
const LOOK_MS = 500;
const LOOKS_MAX = 40;

/** How many deliveries are shown. */
const SHOWN = 20;

export class Webhooks {
  #api;
  #now;
  #cards = new Map();

  constructor(api, now) {
    [this.#api, this.#now] = [api, now];
  }

  /** Shows the section to who may see it. What it holds is asked for when somebody opens it. */
  offer(isAdmin) {
    const opener = byId("webhooks-show");
    byId("webhooks").hidden = !isAdmin;
    opener.setAttribute("aria-expanded", "false");
    opener.onclick = () => {
      const opens = opener.getAttribute("aria-expanded") === "false";
      opener.setAttribute("aria-expanded", String(opens));
      return opens ? this.#show() : this.#fill([]);
    };
  }

  #show() {
    return this.#told(async () => {
      const webhooks = await this.#api.list("api/webhooks", "webhooks");
      this.#fill(webhooks);
      byId("webhooks-none").hidden = webhooks.length > 0;
    });
  }

  #fill(webhooks) {
    byId("webhooks-none").hidden = true;
    const entries = webhooks.map((webhook) => ({ key: webhook.id, sign: JSON.stringify(webhook), make: () => this.#card(webhook) }));
    reconcile(byId("webhooks").querySelector("ul"), this.#cards, entries);
  }

  #card(webhook) {
    const { url, events, part_number: part, format, description, enabled, disabled_at: since, disabled_reason: why } = webhook;
    const host = new URL(url).host;
    const off = enabled ? null : h("small", {}, `off (${why}) `, elapsed(since, this.#now(), "ago"));
    return h(
      "li",
      {},
      h("h3", {}, description ?? host),
      h("p", {}, `${host}, ${format}: ${events.join(", ")}`, part ? ` on ${part}` : null, off),
      h("div", { class: "buttons" }, [
        button("Test", `the webhook ${description ?? host}`, () => this.#test(webhook)),
        button("Deliveries", `of the webhook ${description ?? host}`, () => this.#told(() => this.#deliveries(webhook))),
        enabled ? null : button("Turn on", `the webhook ${description ?? host}`, () => this.#turnOn(webhook)),
      ]),
    );
  }

  #turnOn({ id }) {
    return this.#told(async () => {
      await this.#api.patch(`api/webhooks/${id}`, { enabled: true });
      await this.#show();
    });
  }

  #test({ id }) {
    return this.#told(async () => {
      const test = await this.#api.post(`api/webhooks/${id}/test`);
      for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        const { deliveries } = await this.#api.get(`api/webhooks/${id}/deliveries?limit=${SHOWN}`);
        const tried = deliveries.find((delivery) => delivery.id === test.id && delivery.state !== "pending");
        if (tried === undefined) continue;
        const { status, answer } = tried.attempts.at(-1);
        const arrived = tried.state === "delivered";
        return say(arrived ? `The test has arrived (${status}).` : `The test has not arrived: ${status ?? ""} ${answer}`, { kind: arrived ? "good" : "bad" });
      }
      return say("The test hasn’t been sent yet.");
    });
  }

  async #deliveries({ id, url }) {
    const { deliveries } = await this.#api.get(`api/webhooks/${id}/deliveries?limit=${SHOWN}`);
    const dialog = h(
      "dialog",
      { "aria-labelledby": "deliveries-title" },
      h("h2", { id: "deliveries-title" }, `Deliveries to ${new URL(url).host}`),
      deliveries.length === 0 ? h("p", {}, "Nothing was to be sent.") : h("ul", { class: "cards" }, deliveries.map((delivery) => this.#delivery(delivery))),
      h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => dialog.close() }, "Close")),
    );
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  #delivery(delivery) {
    const { event, state, attempts } = delivery;
    const last = attempts.at(-1);
    const name = event.part_number === null ? event.type : `${event.type} on ${nameOf(event)}`;
    const retry = button("Retry", `the delivery of ${name}`, async ({ currentTarget }) => {
      currentTarget.disabled = true;
      await this.#told(() => this.#api.post(`api/webhook-deliveries/${delivery.id}/retry`));
    });
    return h(
      "li",
      {},
      h("h3", {}, name),
      h("p", {}, `${state}, ${counted(attempts.length, "attempt")}`, last && h("small", {}, `${last.status ?? "no answer"} `, elapsed(last.at, this.#now(), "ago")), last && h("q", {}, last.answer)),
      state === "delivered" ? null : h("div", { class: "buttons" }, retry),
    );
  }

  /** Does something; what the API says against it is told. */
  async #told(act) {
    try {
      await act();
    } catch (problem) {
      say(problem.message, { kind: "bad" });
    }
  }
}
