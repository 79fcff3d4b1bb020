// The API as its user: every call carries the token, every error is a Problem.

/** An answer that is an error (RFC 9457), or none at all: then `status` is 0. */
export class Problem extends Error {
  constructor(status, document = {}, retryAfter = null) {
    super(Problem.#text(status, document, retryAfter));
    this.status = status;
    this.code = document.code ?? "";
    this.document = document;
    this.retryAfter = retryAfter;
  }

  /** What a person reads. */
  static #text(status, document, retryAfter) {
    if (status === 0) return "Baton can't be reached.";
    const fields = (document.errors ?? []).map(({ field, detail }) => `${field}: ${detail}`);
    const detail = fields.length > 1 ? fields.join("; ") : document.detail || `Baton answered with ${status}`;
    const text = detail.charAt(0).toUpperCase() + detail.slice(1);
    const whole = /[.!?]$/.test(text) ? text : `${text}.`;
    return retryAfter === null ? whole : `${whole} Try again in ${retryAfter} s.`;
  }
}

/** How large the pages of lists are: the most that the API gives. */
const PAGE = 1000;

/** How long an answer may take. */
const PATIENCE_MS = 30_000;

export class Api {
  #token;

  /** Called once when the API doesn't take the token (any more), with the Problem. */
  onRefused = () => {};

  /** How far the server's clock is ahead of this one, in milliseconds. */
  ahead = 0;

  constructor(token) {
    this.#token = token;
  }

  /** The server's time, in milliseconds since 1970. */
  now() {
    return Date.now() + this.ahead;
  }

  get(path) {
    return this.#document("GET", path);
  }

  put(path, body) {
    return this.#document("PUT", path, body);
  }

  post(path, body) {
    return this.#document("POST", path, body);
  }

  patch(path, body) {
    return this.#document("PATCH", path, body);
  }

  delete(path) {
    return this.#document("DELETE", path);
  }

  /** All documents of a list, page by page. */
  async list(path, plural) {
    const all = [];
    let after = "";
    do {
      const page = await this.get(`${path}${path.includes("?") ? "&" : "?"}limit=${PAGE}${after}`);
      all.push(...page[plural]);
      after = page.cursor == null ? null : `&after=${encodeURIComponent(page.cursor)}`;
    } while (after !== null);
    return all;
  }

  /** An answer as it comes, for what goes on streaming. `signal` ends it. */
  async stream(path, headers, signal) {
    return this.#check(await this.#send("GET", path, { headers, signal }));
  }

  async #document(method, path, body) {
    const headers = body === undefined ? {} : { "Content-Type": "application/json" };
    const init = { headers, body: JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MS) };
    const response = await this.#check(await this.#send(method, path, init));
    const isJson = response.headers.get("Content-Type")?.includes("json");
    return isJson ? response.json().catch(unreachable) : null;
  }

  async #send(method, path, { headers, ...init }) {
    const request = { method, ...init, headers: { ...headers, Authorization: `Bearer ${this.#token}` }, cache: "no-store" };
    const response = await fetch(path, request).catch(unreachable);
    this.#setClock(response.headers.get("Date"));
    return response;
  }

  async #check(response) {
    if (response.ok) return response;
    const document = await response.json().catch(() => ({}));
    const retryAfter = response.headers.get("Retry-After");
    const problem = new Problem(response.status, document, retryAfter);
    if (response.status === 401) this.onRefused(problem);
    throw problem;
  }

  /** A `Date` is whole seconds: less than that isn't known. */
  #setClock(date) {
    const ahead = Date.parse(date ?? "") - Date.now();
    if (Number.isFinite(ahead)) this.ahead = Math.abs(ahead) > 2000 ? ahead : 0;
  }
}

function unreachable() {
  throw new Problem(0);
}
