/**
 * A look at what the strict reader refuses: JSON as most deployed readers take it. Of two members with one name the last
 * counts, numbers may be fractions, bytes that are no UTF-8 and lone surrogates become U+FFFD. Nothing is trusted for
 * having been read here: it serves to find out what else is wrong.
 *
 * @module
 */
import { decodeUtf8Lossily } from '../metadata/utf8.ts';

export type LooseJson = null | boolean | number | string | LooseJson[] | LooseObject;
export type LooseObject = Map<string, LooseJson>;

const depthMax = 64;
const valuesMax = 2_000_000;

const blank = /[ \t\n\r\ufeff]*/y;
const word = /true|false|null/y;
const number = /-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
/** A stretch at a time: an expression that repeats without a bound takes stack. */
const plain = /[^"\\]{1,4096}/y;
const sequence = /\\(?:u[0-9a-fA-F]{4}|.)/sy;
const escaped: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** The value, or `undefined` for what is no JSON even so, or more than is looked at. */
export function lenientJson(bytes: Uint8Array): LooseJson | undefined {
  const reader = new LenientReader(decodeUtf8Lossily(bytes));
  const value = reader.value(0);
  return value === undefined || !reader.atEnd() ? undefined : value;
}

class LenientReader {
  readonly #text: string;
  #at = 0;
  #left = valuesMax;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    this.#take(blank);
    return this.#at === this.#text.length;
  }

  value(depth: number): LooseJson | undefined {
    this.#left -= 1;
    if (depth > depthMax || this.#left < 0) return undefined;
    this.#take(blank);
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string();
    const token = this.#take(word);
    if (token !== undefined) return token === 'null' ? null : token === 'true';
    const digits = this.#take(number);
    return digits === undefined ? undefined : Number(digits);
  }

  #object(depth: number): LooseObject | undefined {
    const object: LooseObject = new Map();
    const isWhole = this.#items('}', () => {
      const name = this.#text[this.#at] === '"' ? this.#string() : undefined;
      this.#take(blank);
      if (name === undefined || this.#text[this.#at] !== ':') return false;
      this.#at += 1;
      const value = this.value(depth + 1);
      if (value === undefined) return false;
      object.set(name, value);
      return true;
    });
    return isWhole ? object : undefined;
  }

  #array(depth: number): LooseJson[] | undefined {
    const items: LooseJson[] = [];
    const isWhole = this.#items(']', () => {
      const value = this.value(depth + 1);
      if (value === undefined) return false;
      items.push(value);
      return true;
    });
    return isWhole ? items : undefined;
  }

  #items(close: string, read: () => boolean): boolean {
    this.#at += 1;
    this.#take(blank);
    for (let first = true; this.#text[this.#at] !== close; first = false) {
      if (!first) {
        if (this.#text[this.#at] !== ',') return false;
        this.#at += 1;
        this.#take(blank);
      }
      if (!read()) return false;
      this.#take(blank);
    }
    this.#at += 1;
    return true;
  }

  #string(): string | undefined {
    this.#at += 1;
    let text = '';
    for (;;) {
      const run = this.#take(plain);
      if (run !== undefined) text += run;
      else if (this.#text[this.#at] === '"') break;
      else {
        const token = this.#take(sequence);
        if (token === undefined) return undefined;
        text += token.length > 2 ? String.fromCharCode(Number.parseInt(token.slice(2), 16)) : unescaped(token);
      }
    }
    this.#at += 1;
    return text.replace(/\p{Surrogate}/gu, '\ufffd');
  }

  #take(token: RegExp): string | undefined {
    token.lastIndex = this.#at;
    const found = token.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}

function unescaped(token: string): string {
  const character = token.slice(1);
  return escaped[character] ?? character;
}
