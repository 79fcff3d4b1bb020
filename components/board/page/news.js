// Lines at the top of the page: what has happened to one, and what went wrong.

import { byId, h } from "./dom.js";
import { nameOf } from "./words.js";

/** More than so many at once nobody reads. */
const LINES_MAX = 5;

/** Says a line until it is dismissed. `kind`: `good`, `bad` or `plain`; a line of the same `about` goes. */
export function say(text, { kind = "plain", about = text } = {}) {
  const list = byId("news");
  for (const line of list.children) if (line.dataset.about === about) line.remove();
  const dismiss = (event) => {
    const line = event.currentTarget.parentElement;
    (line.nextElementSibling ?? line.previousElementSibling)?.querySelector("button").focus();
    line.remove();
    if (document.activeElement === document.body) byId("everything").focus({ preventScroll: true });
  };
  const button = h("button", { type: "button", class: "quiet", "aria-label": `Dismiss: ${text}`, onclick: dismiss }, "Dismiss");
  list.append(h("li", { class: kind, "data-about": about }, h("span", {}, text), button));
  while (list.children.length > LINES_MAX) list.firstElementChild.remove();
}

/** Takes back what was said of something. */
export function unsay(about) {
  for (const line of byId("news").children) if (line.dataset.about === about) line.remove();
}

/** Says of an event what it means to `state.me`, if it does. */
export function tell(event, state) {
  const line = LINES[event.type]?.(event.data, nameOf(event), state);
  if (line) say(line.text, { kind: line.kind, about: `${event.part_number} ${line.about ?? event.type}` });
}

const quoted = (message) => (message ? `: “${message}”` : "");

/** What events mean to somebody. Those that are on watched parts as well tell whom they concern. */
const LINES = {
  "edit.handoff_accepted": ({ holder }, name) => ({
    text: `${holder} accepted your request for ${name}.`,
    kind: "good",
    about: "got",
  }),
  "edit.handoff_declined": ({ holder, message }, name) => ({
    text: `${holder} declined your request for ${name}${quoted(message)}.`,
  }),
  "edit.session_transferred": ({ from, to }, name, { me }) =>
    to === me.user && from !== to && { text: `${from} handed ${name} over to you.`, kind: "good", about: "got" },
  "edit.session_granted": ({ reservation_id }, name) => ({
    text: `${name} is yours: you ${reservation_id ? "have reserved it" : "were next in line"}.`,
    kind: "good",
    about: "got",
  }),
  "edit.reservation_due": ({ user, session_id }, name, { sessions, me }) =>
    sessions.get(session_id)?.user === me.user && user !== me.user && { text: `${user} has reserved ${name} from now on, and waits for it.` },
  "edit.session_expired": ({ user }, name, { me }) =>
    user === me.user && { text: `Your session on ${name} has expired.`, kind: "bad" },
  "edit.force_released": ({ admin, reason, checkpoint_id }, name) => ({
    text: `${admin} overrode your session on ${name}${quoted(reason)}.${checkpoint_id ? " Your draft is kept as a checkpoint." : ""}`,
    kind: "bad",
  }),
  "approval.completed": ({ state, approval_id }, name, known) =>
    known.overrides().some(({ id }) => id === approval_id) && {
      text: `Your override of ${name} is ${state}.`,
      kind: state === "approved" ? "good" : "bad",
    },
};
