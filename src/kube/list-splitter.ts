// Takes a list of the API apart while it arrives: each item is handed on as soon as its last byte is there. What has
// to be in memory is one item, however long the list: a page of nodes may have megabytes.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `{` and `[`, `}` and `]` differ in this bit only. */
const BRACKET_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const ARRAY_OPEN = 0x5b;
const ARRAY_CLOSE = 0x5d;
const ITEMS_BEGIN = /"items"\s*:\s*\[$/;

type Place = 'head' | 'between' | 'item' | 'tail';

export class ListSplitter {
  readonly #onItem: (text: string) => void;
  #place: Place = 'head';
  #rest = '';
  #pieces: Buffer[] = [];
  #depth = 0;
  #inString = false;
  /** The last chunk ended with a backslash: the first byte of the next one means nothing. */
  #skip = 0;

  constructor(onItem: (text: string) => void) {
    this.#onItem = onItem;
  }

  /** The document without its items, once everything has been pushed. */
  get rest(): string {
    return this.#rest;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#place === 'head') at = this.#readHead(chunk, at);
      else if (this.#place === 'between') at = this.#readBetween(chunk, at);
      else if (this.#place === 'item') at = this.#readItem(chunk, at);
      else at = this.#readTail(chunk, at);
    }
  }

  #readHead(chunk: Buffer, from: number): number {
    const bracket = chunk.indexOf(ARRAY_OPEN, from);
    const end = bracket === -1 ? chunk.length : bracket + 1;
    // What stands before the items is ASCII but for nothing: kinds, versions, tokens.
    this.#rest += chunk.toString('utf8', from, end);
    if (bracket !== -1 && ITEMS_BEGIN.test(this.#rest)) this.#place = 'between';
    return end;
  }

  #readBetween(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte === OPEN) {
        this.#place = 'item';
        return at;
      }
      if (byte === ARRAY_CLOSE) {
        this.#place = 'tail';
        return at;
      }
    }
    return chunk.length;
  }

  #readItem(chunk: Buffer, from: number): number {
    const end = this.#scan(chunk, from);
    if (end === -1) {
      this.#pieces.push(chunk.subarray(from));
      return chunk.length;
    }
    const last = chunk.subarray(from, end);
    const whole = this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    this.#place = 'between';
    this.#onItem(whole.toString('utf8'));
    return end;
  }

  #readTail(chunk: Buffer, from: number): number {
    this.#rest += chunk.toString('utf8', from);
    return chunk.length;
  }

  /** Where the item ends, or -1: in a later chunk. Every byte of every list goes through this loop. */
  #scan(chunk: Buffer, from: number): number {
    let at = from + this.#skip;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.#inString) {
        if (byte === BACKSLASH) at += 1;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) {
        this.#inString = true;
      } else if ((byte | BRACKET_BIT) === OPEN) {
        this.#depth += 1;
      } else if ((byte | BRACKET_BIT) === CLOSE) {
        this.#depth -= 1;
        if (this.#depth === 0) {
          this.#skip = 0;
          return at + 1;
        }
      }
    }
    this.#skip = at - chunk.length;
    return -1;
  }
}
