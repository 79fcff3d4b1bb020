// What the board knows, as the API has said it.

import { nameOf } from "./words.js";

const byName = new Intl.Collator("en", { numeric: true });

/** The orders that the table can have. */
const ORDERS = {
  part: (a, b) => byName.compare(nameOf(a), nameOf(b)) || a.acquired_at.localeCompare(b.acquired_at),
  holder: (a, b) => byName.compare(a.user, b.user) || ORDERS.part(a, b),
  longest: (a, b) => a.acquired_at.localeCompare(b.acquired_at),
};

export class State {
  /** Active sessions by their ids. */
  sessions = new Map();
  /** Pending requests that one made or is to answer. */
  requests = [];
  /** Pending approvals. */
  approvals = [];
  /** Who stands in line for a session, by its id, the first first. */
  lines = new Map();

  /** Reservations that aren't over. */
  reservations = [];

  constructor(me) {
    this.me = me;
  }

  /** Takes what there is on all parts, or on one. */
  setSessions(sessions, partNumber = null) {
    for (const [id, session] of this.sessions) {
      if (partNumber === null || session.part_number === partNumber) this.sessions.delete(id);
    }
    for (const session of sessions) this.sessions.set(session.id, session);
  }

  setLines(places) {
    this.lines = Map.groupBy(places, ({ session_id: sessionId }) => sessionId);
  }

  isMine({ user }) {
    return user === this.me.user;
  }

  sorted(order) {
    return [...this.sessions.values()].sort(ORDERS[order]);
  }

  mine() {
    return this.sorted("part").filter((session) => this.isMine(session));
  }

  /** Requests that wait for one's answer. */
  toAnswer() {
    return this.requests.filter(({ holder }) => holder === this.me.user);
  }

  /** Requests of one's own. */
  asked() {
    return this.requests.filter(({ requester }) => requester === this.me.user);
  }

  /** One's own request for a session. */
  askedFor(session) {
    return this.asked().find((request) => request.session_id === session.id);
  }

  /** The approval that the override of a session waits for. */
  override(session) {
    return this.approvals.find((approval) => approval.resource_id === session.id);
  }

  /** Approvals that wait for one's signature. */
  toSign() {
    return this.approvals.filter((approval) => this.openGates(approval).length > 0);
  }

  /** Overrides that one has asked for. */
  overrides() {
    return this.approvals.filter((approval) => approval.requested_by === this.me.user);
  }

  /** The gates of an approval that one may sign, and hasn't. */
  openGates({ requested_by, gates }) {
    const { user, maySelfSign, gateRoles } = this.me;
    const hasSigned = gates.some(({ signatures }) => signatures.some((signature) => signature.user === user));
    if (hasSigned || (requested_by === user && !maySelfSign)) return [];
    return gates.filter(({ role, status }) => status === "pending" && gateRoles.has(role));
  }

  /** Reservations, that first which is or comes next. */
  reserved() {
    const begin = ({ next, starts_at: first }) => next?.starts_at ?? first;
    return [...this.reservations].sort((a, b) => begin(a).localeCompare(begin(b)));
  }

  /** How many things wait for one. */
  waiting() {
    return this.toAnswer().length + this.toSign().length;
  }
}
