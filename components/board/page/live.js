// The stream of events, which mends itself.

import { Problem } from "./api.js";
import { EventParser } from "./sse.js";

/** The server says something every 15 s at the latest: silence for longer is a connection that is gone. */
const SILENCE_MS = 40_000;

/** How long to wait before the first try, and at most. */
const PAUSE_MS = 1_000;
const PAUSE_MAX_MS = 15_000;

export class Live {
  #api;
  #path;
  #cursor = null;
  #attempt = null;
  #wake = () => {};
  #isOver = false;

  /** Called with `true` when the stream stands, before its first event, and with `false` when it is lost. */
  onState = async () => {};

  /** Called when there is no such workstation any more. */
  onGone = () => {};

  /** Called with each event. */
  onEvent = () => {};

  constructor(api, workstationId) {
    this.#api = api;
    this.#path = `api/events?workstation_id=${encodeURIComponent(workstationId)}`;
  }

  /** Streams until `stop`, through whatever breaks it. */
  async run() {
    let pause = PAUSE_MS;
    while (!this.#isOver) {
      const began = Date.now();
      const problem = await this.#once();
      if (this.#isOver || problem?.status === 401) return;
      if (problem?.status === 404) return this.onGone();
      // Too old a cursor: what was missed is seen by reading everything again, as is done whenever the stream stands.
      if (problem?.status === 410) this.#cursor = null;
      void this.onState(false);
      if (Date.now() - began > SILENCE_MS) pause = PAUSE_MS;
      await this.#rest(Math.max(pause, Number(problem?.retryAfter ?? 0) * 1000));
      pause = Math.min(pause * 2, PAUSE_MAX_MS);
    }
  }

  /** Ends the stream for good. */
  stop() {
    this.#isOver = true;
    this.#attempt?.abort();
    this.#wake();
  }

  /** Tries at once if it was waiting to: the network is back, or somebody looks at the page again. */
  hurry() {
    this.#wake();
  }

  /** One connection, to its end. */
  async #once() {
    const attempt = new AbortController();
    this.#attempt = attempt;
    let timer = setTimeout(() => attempt.abort(), SILENCE_MS);
    try {
      const headers = { Accept: "text/event-stream" };
      if (this.#cursor !== null) headers["Last-Event-ID"] = this.#cursor;
      const response = await this.#api.stream(this.#path, headers, attempt.signal);
      const parser = new EventParser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      await this.onState(true);
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return null;
        clearTimeout(timer);
        timer = setTimeout(() => attempt.abort(), SILENCE_MS);
        for (const event of parser.push(value)) this.onEvent(JSON.parse(event.data));
        this.#cursor = parser.lastId ?? this.#cursor;
      }
    } catch (error) {
      if (error instanceof Problem) return error;
      // Whatever ends a connection ends it, and is mended in the same way.
      return new Problem(0);
    } finally {
      clearTimeout(timer);
      attempt.abort();
    }
  }

  #rest(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
