/**
 * What the checks of a contract write, and how they say what is broken.
 *
 * @module
 */
import type { Content, FileStore } from '../repository/ports.ts';

/** A backend does not do what its port says. */
export class BrokenContract extends Error {
  override readonly name = 'BrokenContract';
}

export const utf8: TextDecoder = new TextDecoder();

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** Bytes of which no two places look alike. */
export function large(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, n) => (n * 31 + (n >> 8)) & 255);
}

export function bytesContent(bytes: Uint8Array): Content {
  return { length: bytes.length, chunks: () => [bytes] };
}

export function content(value: string): Content {
  return bytesContent(text(value));
}

export function cutContent(bytes: Uint8Array, size: number): Content {
  return {
    length: bytes.length,
    *chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    },
  };
}

export function failingContent(failure: unknown): Content {
  return {
    length: 10,
    async *chunks() {
      yield text('half');
      throw failure;
    },
  };
}

export async function bytesOf(each: Content): Promise<Uint8Array> {
  const chunks: number[] = [];
  for await (const chunk of each.chunks()) chunks.push(...chunk);
  return Uint8Array.from(chunks);
}

export async function collect(files: FileStore, name: string): Promise<Uint8Array | undefined> {
  const chunks = await files.open(name);
  if (chunks === undefined) return undefined;
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk.slice());
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function expect(holds: boolean, problem: string): void {
  if (!holds) throw new BrokenContract(problem);
}

export function expectBytes(found: Uint8Array | undefined, expected: Uint8Array | undefined, what: string): void {
  const isSame =
    found === undefined || expected === undefined
      ? found === expected
      : found.length === expected.length && found.every((byte, n) => byte === expected[n]);
  expect(isSame, `${what}: ${found?.length ?? 'no'} bytes, not the ${expected?.length ?? 'none'} that were written`);
}

export function expectText(found: Uint8Array | undefined, expected: string | undefined, what: string): void {
  const shown = found && utf8.decode(found);
  expect(shown === expected, `${what} is ${JSON.stringify(shown)}, not ${JSON.stringify(expected)}`);
}

export async function rejection(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new BrokenContract('what had to be refused was done');
}

export async function expectCode(work: Promise<unknown>, code: string, what: string): Promise<void> {
  const thrown = await rejection(work).catch((error: unknown) => {
    throw error instanceof BrokenContract ? new BrokenContract(`${what} was done, and had to be ${code}`) : error;
  });
  expect((thrown as { code?: unknown }).code === code, `${what} threw ${String(thrown)}, not ${code}`);
}

export function expectConflict(thrown: unknown, what: string): void {
  expect(
    (thrown as { code?: unknown } | undefined)?.code === 'ERR_TUF_CONFLICT',
    `${what} threw ${String(thrown)}, not ERR_TUF_CONFLICT`,
  );
}
