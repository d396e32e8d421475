/**
 * The forms of online trust, as docs/design/online-trust.md gives them: media types, limits, and a reading that refuses what
 * it does not know. These are tufa's own messages with a version each: an unknown member could change what one says.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import { decodeBase64 } from '../metadata/base64.ts';
import { type Instant, parseDateTime } from '../metadata/date-time.ts';
import { decodeHex } from '../metadata/hex.ts';
import type { Read, Reader, Readers } from '../metadata/members.ts';
import { Scanner } from '../metadata/scanner.ts';

/** What a client posts. */
export const questionType = 'application/vnd.tufa.question.v1+json';
/** What it gets. */
export const answerType = 'application/vnd.tufa.answer.v1+json';
/** What the envelope in it holds: the only payload that an answer key signs. */
export const stateType = 'application/vnd.tufa.state.v1+json';

export const questionBytesMax = 65_536;
export const answerBytesMax = 1_048_576;
/** Targets that one question may name. */
export const targetsMax = 256;
/** UTF-8 bytes of the path of each. */
export const pathBytesMax = 4096;
/** Questions that one signature answers. */
export const batchMax = 65_536;
/** Seconds. */
export const lifetimeMax = 3600;

/** Depth of every form, with some to spare: nothing of them is nested deeper. */
const depth = 8;

/** Reads one object that has these members and no others; those of `optional` may be absent. */
export function readOnly<R extends Readers, O extends keyof R & string = never>(
  scanner: Scanner,
  readers: R,
  ...optional: readonly O[]
): NoInfer<Read<R, O>> {
  const values: Record<string, unknown> = {};
  scanner.object((name, at) => {
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (read === undefined) scanner.fail(`the member ${JSON.stringify(name.slice(0, 64))} is unknown`, at);
    else values[name] = read(scanner);
  });
  for (const name of Object.keys(readers)) {
    if (!Object.hasOwn(values, name) && !(optional as readonly string[]).includes(name))
      scanner.fail(`the member ${JSON.stringify(name)} is missing`, scanner.at - 1, name);
  }
  return values as Read<R, O>;
}

/** Reads a text that can only be one. */
export function readConstant(text: string): Reader<string> {
  return (scanner) => {
    const found = scanner.string();
    return found === text ? found : scanner.fail(`expected ${JSON.stringify(text)}`, scanner.valueAt);
  };
}

/** The one version of every form. */
export const readFormat: Reader<number> = (scanner) => {
  const version = scanner.integer(1);
  return version === 1 ? version : scanner.fail('a version of this form that this tufa does not know', scanner.valueAt);
};

/** A SHA-256 digest in lower-case hex, as bytes. */
export const readDigest: Reader<Uint8Array> = (scanner) => {
  const text = scanner.string();
  const bytes = /^[0-9a-f]{64}$/.test(text) ? decodeHex(text) : undefined;
  return bytes ?? scanner.fail('expected a SHA-256 digest in lower-case hex', scanner.valueAt);
};

/** Standard base64 with padding, as bytes. */
export const readBase64: Reader<Uint8Array> = (scanner) => {
  const text = scanner.string();
  return decodeBase64(text) ?? scanner.fail('expected base64 with padding', scanner.valueAt);
};

/** The one spelling of a time: whole seconds, `Z`. */
export const readInstant: Reader<Instant> = (scanner) =>
  parseDateTime(scanner.string(), true) ?? scanner.fail('expected a time like 2030-01-01T00:00:00Z', scanner.valueAt);

/** An array of at most `most` items. */
export function readList<T>(scanner: Scanner, most: number, read: Reader<T>): T[] {
  const items: T[] = [];
  scanner.array(() => {
    if (items.length === most) scanner.fail(`more than ${most} items`);
    items.push(read(scanner));
  });
  return items;
}

/** The path of a target. */
export const readPath: Reader<string> = (scanner) => {
  const path = scanner.string();
  return isPath(path) ? path : scanner.fail(`expected a path of 1 to ${pathBytesMax} bytes`, scanner.valueAt);
};

/** Whether a question can name it: 1 to {@link pathBytesMax} bytes of UTF-8. */
export function isPath(path: string): boolean {
  // No character takes more than three bytes for each of its UTF-16 units.
  return path !== '' && path.length <= pathBytesMax && path.replace(/[^\0-\x7f]/g, '123').length <= pathBytesMax;
}

/**
 * Reads one whole document.
 *
 * @throws {@link TufError} `ERR_TUF_MALFORMED`.
 */
export function readForm<T>(bytes: Uint8Array, role: string, read: Reader<T>): T {
  const scanner = new Scanner(bytes, { role, depth });
  const value = read(scanner);
  scanner.finish();
  return value;
}

/**
 * The same for what an answer is made of.
 *
 * @throws {@link TufError} `ERR_TUF_ANSWER_MALFORMED`.
 */
export function readAnswered<T>(bytes: Uint8Array, role: string, read: Reader<T>): T {
  try {
    return readForm(bytes, role, read);
  } catch (cause) {
    if (!(cause instanceof TufError)) throw cause;
    throw new TufError('ERR_TUF_ANSWER_MALFORMED', cause.message, cause.evidence as never, {
      cause,
      hint: 'check that the URL is that of an answer server, and that it speaks this version',
    });
  }
}
