// Server-sent events (WHATWG HTML, section 9.2), parsed by hand: an EventSource can't send an Authorization header.

/** Takes a stream's text in pieces of any size, and gives the events that have become whole. */
export class EventParser {
  #rest = "";
  #sawReturn = false;
  #type = "";
  #data = [];
  #id = null;

  /** The cursor to go on from: the last `id` of what has become whole, which may have been no event. */
  lastId = null;

  /** The events, as `{id, type, data}`, that end in this piece of text. */
  push(piece) {
    if (piece === "") return [];
    // "\r\n" is one end of a line, also where the pieces part between the two.
    const text = this.#sawReturn && piece.startsWith("\n") ? piece.slice(1) : piece;
    this.#sawReturn = piece.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop();
    return lines.map((line) => this.#line(line)).filter((event) => event !== null);
  }

  #line(line) {
    if (line === "") return this.#dispatch();
    const [, field, value = ""] = /^([^:]*)(?::[ ]?(.*))?$/s.exec(line);
    if (field === "event") this.#type = value;
    else if (field === "data") this.#data.push(value);
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    return null;
  }

  #dispatch() {
    const [type, data] = [this.#type || "message", this.#data];
    [this.#type, this.#data, this.lastId] = ["", [], this.#id];
    return data.length === 0 ? null : { id: this.lastId, type, data: data.join("\n") };
  }
}
