// Keeps what the board knows up to date: all of it when the stream begins to stand, then what an event tells of.

/** Beyond so many parts at once, one list of all costs less than one of each. */
const PARTS_MAX = 20;

/** How long to gather what has changed: a burst of events is one look. */
const GATHER_MS = 100;

export class Sync {
  #api;
  #state;
  #parts = new Set();
  #kinds = new Set();
  #running = null;

  /** Called when something has been learnt. */
  onChange = () => {};

  /** Called when looking has failed. */
  onProblem = () => {};

  constructor(api, state) {
    this.#api = api;
    this.#state = state;
  }

  /** Looks at everything. */
  everything() {
    return this.#look("sessions", "requests", "approvals", "reservations");
  }

  /** Looks at one part, and at who asks for it. */
  part(partNumber) {
    this.#parts.add(partNumber);
    return this.#look("requests");
  }

  requests() {
    return this.#look("requests");
  }

  approvals() {
    return this.#look("approvals");
  }

  reservations() {
    return this.#look("reservations");
  }

  /** Looks at what an event is about. */
  heard({ type, part_number: partNumber }) {
    if (type === "edit.reservation_due") void this.reservations();
    if (type.startsWith("approval.")) void this.approvals();
    else if (type.startsWith("edit.") && type !== "edit.checkpoint_created" && partNumber) void this.part(partNumber);
  }

  /** One look after the other, so that no old answer comes after a newer one. */
  #look(...kinds) {
    for (const kind of kinds) this.#kinds.add(kind);
    this.#running ??= this.#run().finally(() => (this.#running = null));
    return this.#running;
  }

  async #run() {
    while (this.#kinds.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
      const [kinds, parts] = [this.#kinds, this.#parts];
      [this.#kinds, this.#parts] = [new Set(), new Set()];
      try {
        await Promise.all([
          this.#lookAtSessions(kinds, parts),
          this.#lookAtRequests(kinds),
          this.#lookAtApprovals(kinds),
          this.#lookAtReservations(kinds),
        ]);
      } catch (problem) {
        this.onProblem(problem);
      }
      this.onChange();
    }
  }

  async #lookAtSessions(kinds, parts) {
    if (kinds.has("sessions") || parts.size > PARTS_MAX) {
      this.#state.setSessions(await this.#api.list("api/edit-sessions?all=true", "edit_sessions"));
    } else {
      await Promise.all([...parts].map((partNumber) => this.#lookAtPart(partNumber)));
    }
  }

  async #lookAtPart(partNumber) {
    const path = `api/items/${encodeURIComponent(partNumber)}/edit-sessions`;
    const sessions = await this.#api.list(path, "edit_sessions").catch(noneIfUnseen);
    this.#state.setSessions(sessions, partNumber);
  }

  async #lookAtRequests(kinds) {
    if (!kinds.has("requests")) return;
    this.#state.setLines(await this.#api.list("api/lines", "lines"));
    if (!this.#state.me.isEditor) return;
    this.#state.requests = await this.#api.list("api/handoff-requests?pending=true", "handoff_requests");
  }

  async #lookAtApprovals(kinds) {
    if (!kinds.has("approvals")) return;
    this.#state.approvals = await this.#api.list("api/approvals?state=pending", "approvals");
  }

  async #lookAtReservations(kinds) {
    if (!kinds.has("reservations")) return;
    this.#state.reservations = await this.#api.list("api/reservations", "reservations");
  }
}

/** What one may not see isn't there. */
function noneIfUnseen(problem) {
  if (problem.status !== 404) throw problem;
  return [];
}
