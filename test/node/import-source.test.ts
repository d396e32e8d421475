/** Bytes that are read from a server to be imported, from a transport that keeps its chunks to itself. */
import { expect, it } from 'vitest';
import type { Transport } from '../../src/client/ports.ts';
import { serverSource } from '../../src/node/import-source.ts';

/** Hands over every part in the same buffer, as the contract of a transport allows. */
const reusing = (parts: readonly string[]): Transport => ({
  get: async (_url, { sink }) => {
    const buffer = Buffer.alloc(8);
    await sink.start(undefined);
    for (const part of parts) await sink.write(buffer.subarray(0, buffer.write(part)));
    buffer.fill('-');
    return { outcome: 'complete' };
  },
});

it('keeps what a transport writes over', async () => {
  const transport = reusing(['first ', 'second ', 'third']);
  const source = serverSource('https://example.com/metadata', 'https://example.com/targets', { transport });
  expect(Buffer.from((await source.metadata('a', 100)) ?? []).toString()).toBe('first second third');
  const kept: Uint8Array[] = [];
  for await (const chunk of (await source.target('a', 100)) ?? []) kept.push(chunk);
  expect(Buffer.concat(kept).toString()).toBe('first second third');
});
