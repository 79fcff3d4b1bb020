// The board, from signing in to signing out.

import { Actions } from "./actions.js";
import { Api } from "./api.js";
import { announce, byId, h } from "./dom.js";
import { identify } from "./identity.js";
import { Inbox } from "./inbox.js";
import { Live } from "./live.js";
import { say, tell, unsay } from "./news.js";
import { Reservations } from "./reservations.js";
import { Sections } from "./sections.js";
import { askForToken, keep, kept, takeFromAddress } from "./signin.js";
import { State } from "./state.js";
import { Sync } from "./sync.js";
import { Table, tick } from "./table.js";
import { Webhooks } from "./webhooks.js";
import { counted } from "./words.js";

/** How often the times are told anew, and the lines are looked at: that somebody joins one is told to nobody but the holder. */
const TICK_MS = 10_000;

/** How soon to try again where Baton can't be reached at first. */
const ARRIVE_MS = 3_000;

/** How often everything is looked at while somebody looks at the page: renewals and notes come without an event. */
const REFRESH_MS = 60_000;

async function main() {
  takeFromAddress();
  // A link that is followed where the board stands already.
  window.addEventListener("hashchange", () => takeFromAddress() && location.reload());
  let why = "";
  for (;;) {
    const token = kept() ?? (await askForToken(why));
    keep(token);
    why = await board(token);
    keep(null);
  }
}

/** Shows the board to whoever has this token; resolves with why that is over. */
async function board(token) {
  const api = new Api(token);
  const refused = new Promise((resolve) => (api.onRefused = resolve));
  let me;
  try {
    me = await arrive(api, token);
  } catch (problem) {
    return `You aren’t signed in. ${problem.message}`;
  }
  const state = new State(me);
  const sync = new Sync(api, state);
  const now = () => api.now();
  const actions = new Actions(api, state, sync);
  const views = [new Sections(state, actions, now), new Reservations(state, actions, now), new Table(state, actions, now)];
  let waited = 0;
  sync.onChange = () => {
    views.forEach((view) => view.show());
    const waiting = state.waiting();
    if (waiting > waited) announce(`${counted(waiting, "thing")} waiting for you`);
    waited = waiting;
    document.title = waiting > 0 ? `(${waiting}) Baton` : "Baton";
  };
  const inbox = new Inbox(api, now);
  const leave = stay(api, state, sync, inbox);
  new Webhooks(api, now).offer(me.isAdmin);
  byId("me").replaceChildren(me.user, h("span", {}, `, ${me.role}`));
  byId("board").hidden = false;
  const signedOut = new Promise((resolve) => (byId("sign-out").onclick = () => resolve(null)));
  const problem = await Promise.race([refused, signedOut]);
  leave();
  clear();
  return problem === null ? "" : `You were signed out. ${problem.message}`;
}

/** Who has this token, as soon as the API says so. Throws a Problem that won't go by itself. */
async function arrive(api, token) {
  const waiting = byId("waiting");
  try {
    for (;;) {
      try {
        return await identify(api, token);
      } catch (problem) {
        if (![0, 429, 502, 503, 504].includes(problem.status)) throw problem;
        waiting.textContent = `${problem.message} The board goes on trying.`;
        waiting.hidden = false;
        await new Promise((resolve) => setTimeout(resolve, ARRIVE_MS));
      }
    }
  } finally {
    waiting.hidden = true;
  }
}

/** Leaves nothing of what somebody saw. */
function clear() {
  byId("board").hidden = true;
  document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
  const told = ["me", "count", "announcement", "news", "unread", "muted"].map(byId);
  for (const element of [...told, byId("sessions").tBodies[0], ...document.querySelectorAll(".cards")]) element.replaceChildren();
  byId("filter").value = "";
  byId("only-mine").checked = false;
  document.title = "Baton";
}

/** Keeps the board up to date until the returned function is called. */
function stay(api, state, sync, inbox) {
  const live = new Live(api, state.me.workstationId);
  const timers = [];
  sync.onProblem = (problem) => problem.status !== 0 && problem.status !== 401 && say(problem.message, { kind: "bad", about: "look" });
  live.onEvent = (event) => {
    sync.heard(event);
    inbox.look();
    tell(event, state);
  };
  // Somebody has removed this browser's workstation: it is registered again.
  live.onGone = () => location.reload();
  live.onState = async (stands) => {
    showLink(stands);
    if (stands) {
      unsay("look");
      inbox.look();
      await sync.everything();
    }
  };
  const lookAgain = () => {
    live.hurry();
    if (document.visibilityState !== "visible") return;
    void sync.everything();
    inbox.look();
  };
  timers.push(setInterval(() => passTime(state, sync, api.now()), TICK_MS), setInterval(lookAgain, REFRESH_MS));
  document.addEventListener("visibilitychange", lookAgain);
  window.addEventListener("online", lookAgain);
  showLink(null);
  void live.run();
  return () => {
    sync.onChange = () => {};
    live.stop();
    inbox.stop();
    timers.forEach(clearInterval);
    document.removeEventListener("visibilitychange", lookAgain);
    window.removeEventListener("online", lookAgain);
  };
}

/** Tells the times anew, and looks at what should have ended: it has, or was renewed. */
function passTime(state, sync, now) {
  tick(now);
  if (document.visibilityState === "visible") void sync.requests();
  for (const { part_number: partNumber, expires_at: until } of state.sessions.values()) {
    if (Date.parse(until) <= now) void sync.part(partNumber);
  }
}

/** Whether the stream stands: null before that is known. */
function showLink(stands) {
  const link = byId("link");
  link.dataset.state = stands === null ? "connecting" : stands ? "live" : "lost";
  link.textContent = stands === null ? "Connecting…" : stands ? "Live" : "Connection lost. Trying again…";
}

await main();
