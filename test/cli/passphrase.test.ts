import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Aborted, UsageError } from '../../src/cli/failure.ts';
import { passphraseSource } from '../../src/cli/passphrase.ts';

/** A terminal at which lines are typed, each once something was asked. */
function terminal(...lines: string[]) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  let shown = '';
  const stderr = {
    isTTY: true,
    write: (text: string) => {
      shown += text;
      const line = text.endsWith(': ') ? lines.shift() : undefined;
      if (line !== undefined) setImmediate(() => stdin.write(line));
    },
  };
  const stdout = { write: () => {} };
  const io = { stdin, stdout, stderr, env: {}, now: () => new Date(), signal: new AbortController().signal };
  return { io, shown: () => shown };
}

describe('a passphrase', () => {
  it('is typed once for keys that are there, and twice for new ones, and never shown', async () => {
    const once = terminal('secret\n');
    const source = passphraseSource(once.io, { input: true });
    expect([await source(), await source()]).toEqual(['secret', 'secret']);
    expect(once.shown()).toBe('tufa: passphrase of the keys: \n');
    const twice = terminal('secret\r', 'secret\r');
    expect(await passphraseSource(twice.io, { input: true, isNew: true })()).toBe('secret');
    expect(twice.shown()).not.toContain('secret');
  });

  it('is not taken where the two differ, or there is none', async () => {
    await expect(passphraseSource(terminal('one\n', 'two\n').io, { input: true, isNew: true })()).rejects.toThrow(
      UsageError,
    );
    await expect(passphraseSource(terminal('\n').io, { input: true })()).rejects.toThrow(UsageError);
    await expect(passphraseSource(terminal('x\n').io, { input: false })()).rejects.toThrow(UsageError);
  });

  it('can be refused', async () => {
    await expect(passphraseSource(terminal('\u0003').io, { input: true })()).rejects.toThrow(Aborted);
    await expect(passphraseSource(terminal('\u0004').io, { input: true })()).rejects.toThrow(Aborted);
  });
});
