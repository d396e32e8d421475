import { createHash } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../src/node/atomic-write.ts';
import { downloadToFile } from '../../src/node/download-to-file.ts';
import { refusal } from '../simulator/harness.ts';
import { answer, type Scenario, type SeenRequest } from '../transport/fault-server.ts';
import {
  breakAt,
  completes,
  content,
  download,
  files,
  folder,
  headLength,
  names,
  only,
  other,
  parts,
  path,
  putAt,
  server,
} from './parts-case.ts';
import { brokenAfter, findServed, firstByteOf, ranged } from './parts-server.ts';

describe('downloadToFile with parts', () => {
  it('is one request and leaves nothing where all goes well', async () => {
    await completes([0]);
    expect(statSync(parts).mode & 0o777).toBe(0o700 & ~process.umask());
  });

  it('goes on where an earlier call was broken off, as often as that happens', async () => {
    await breakAt(100_000);
    expect(files()).toEqual([]);
    expect(statSync(only()).mode & 0o777).toBe(0o600 & ~process.umask());
    server.served.scenario = (request) => brokenAfter(50_000, content, '"one"', firstByteOf(request));
    const resumed: number[] = [];
    await refusal(download({ onResume: (bytes) => resumed.push(bytes) }), 'ERR_TUF_TRANSPORT');
    expect([server.asked(), resumed]).toEqual([[100_000], [100_000]]);
    server.served.scenario = undefined;
    await completes([150_000]);
    expect(server.seen.at(-1)?.head).toMatch(/^if-range: "one"$/im);
  });

  it('goes on for the same file under another path, name and mode, and for no other file', async () => {
    await breakAt(100_000);
    putAt('another');
    const seen: number[] = [];
    await download({ mode: 0o640, onProgress: (bytes) => seen.push(bytes) });
    expect([server.asked(), files(), seen[0]]).toEqual([[100_000], ['another'], expect.any(Number)]);
    expect(seen[0]).toBeGreaterThan(100_000);
    expect(statSync(path).mode & 0o777).toBe(0o640 & ~process.umask());
    await breakAt(100_000);
    server.served.content = other;
    putAt('other');
    expect(await download()).toBe(0);
    expect(server.asked()).toEqual([0]);
    expect(names()).toHaveLength(1);
  });

  it.each([
    ['sha512, longer than a name', { sha512: createHash('sha512').update(content).digest('hex') }],
    ['upper case', { sha256: createHash('sha256').update(content).digest('hex').toUpperCase() }],
  ])('[A-12] is named by digests: %s', async (_, hashes) => {
    server.served.scenario = () => brokenAfter(10, content);
    await refusal(download({}, { hashes }), 'ERR_TUF_TRANSPORT');
    server.served.scenario = undefined;
    expect(await download({}, { hashes })).toBe(10);
    expect(names()).toEqual([]);
  });

  it('keeps what was received where the caller ends the call', async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error('enough'));
    await expect(download({ signal: controller.signal, onProgress })).rejects.toThrow('enough');
    server.asked();
    const [asked] = await Promise.all([statSync(only()).size - headLength]);
    expect(asked).toBeGreaterThan(0);
    await completes([asked]);
  });

  it('goes on where the connection ends while the beginning is still read', async () => {
    await breakAt(100_000);
    server.served.scenario = (request) => {
      server.served.scenario = undefined;
      return brokenAfter(50_000, content, '"one"', firstByteOf(request));
    };
    const asked = server.seen.length;
    let reads = 0;
    const slow = {
      ...nodeFiles,
      read: async (fd: number, buffer: Uint8Array, offset: number) => {
        // The head is read first, when the part is taken and when its bytes are.
        if (buffer.length > headLength && reads++ === 0) {
          for (let i = 0; i < 60 && server.seen.length < asked + 2; i++)
            await new Promise((next) => setTimeout(next, 5));
        }
        return nodeFiles.read(fd, buffer, offset);
      },
    };
    const { client, target } = await (await findServed(server, {}, { attemptsMax: 2, backoffMs: 1 })).again();
    const { resumedFrom } = await downloadToFile(client, target, path, { parts, files: slow });
    const [first, second] = server.asked();
    expect([first, resumedFrom]).toEqual([100_000, 100_000]);
    expect(second).toBeGreaterThan(100_000);
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(names()).toEqual([]);
  });

  it('asks for nothing where the whole was received but not put in its place', async () => {
    const broken = { ...nodeFiles, rename: refuseTo('rename', /\/files\//) };
    await refusal(download({ files: broken }), 'ERR_TUF_STORE');
    expect([server.asked(), files()]).toEqual([[0], []]);
    await completes([], content.length);
  });

  it('removes what is refused, so that the next call begins anew', async () => {
    const { simulator: _, again } = await findServed(server);
    server.served.content = other;
    const { client, target } = await again();
    await refusal(downloadToFile(client, target, path, { parts }), 'ERR_TUF_HASH_MISMATCH');
    expect([names(), files()]).toEqual([[], []]);
  });
});

describe('a server that is not the one it was', () => {
  it('begins anew where the file was replaced', async () => {
    await breakAt(100_000);
    server.served.etag = '"two"';
    await completes([100_000], 0);
  });

  it('begins anew where Range is not understood', async () => {
    await breakAt(100_000);
    server.served.scenario = () => answer(200, content);
    await completes([100_000], 0);
  });

  it('goes on without a strong ETag, and does not ask by a weak one', async () => {
    await breakAt(100_000, 'W/"weak"');
    await completes([100_000]);
    expect(server.seen.at(-1)?.head).not.toMatch(/if-range/i);
  });

  const lies: [string, (request: SeenRequest, first: number) => Scenario, number[]][] = [
    ['begins elsewhere', (_, first) => rest(first - 5, first), [100_000, 0]],
    ['begins elsewhere and says otherwise', (_, first) => rest(first, first - 5), [100_000, 0]],
    ['gives the whole as the rest', (_, first) => rest(first, 0), [100_000, 0]],
    ['gives less than the rest', (_, first) => rest(first, first + 5), [100_000, 0]],
    ['gives nothing as the rest', (_, first) => rest(first, content.length), [100_000, 0]],
    ['has no range to give', () => answer(416), [100_000, 0]],
    ['is encoded', (_, first) => rest(first, first, ['Content-Encoding: gzip']), [100_000, 0]],
  ];
  const rest = (said: number, first: number, more: string[] = []): Scenario =>
    answer(206, content.subarray(first), [
      `Content-Range: bytes ${said}-${content.length - 1}/${content.length}`,
      ...more,
    ]);

  it.each(lies)('asks once more, from the beginning, where the rest %s', async (_, lie, asked) => {
    await breakAt(100_000);
    server.served.scenario = (request) => {
      const first = firstByteOf(request);
      return first === undefined ? undefined : lie(request, first);
    };
    await completes(asked, 0);
  });

  it('asks once more where other bytes came under the same ETag, and takes what is right then', async () => {
    await breakAt(100_000);
    server.served.scenario = (request) =>
      firstByteOf(request) === undefined ? undefined : ranged({ ...server.served, content: other }, request);
    await completes([100_000, 0], 0);
  });

  it('asks once more and no oftener, and refuses what is wrong then', async () => {
    await breakAt(100_000);
    server.served.scenario = (request) => ranged({ ...server.served, content: other }, request);
    await refusal(download(), 'ERR_TUF_HASH_MISMATCH');
    expect([server.asked(), names(), files()]).toEqual([[100_000, 0], [], []]);
  });

  it('refuses a rest that is too long twice', async () => {
    await breakAt(100_000);
    server.served.scenario = (request) =>
      ranged({ ...server.served, content: Buffer.concat([content, content]) }, request);
    await refusal(download(), 'ERR_TUF_TOO_LONG');
    expect([server.asked(), names(), files()]).toEqual([[100_000, 0], [], []]);
  });

  it('gives a part up that its server refuses to complete, and keeps it where that may change', async () => {
    await breakAt(100_000);
    server.served.scenario = () => answer(503);
    await refusal(download(), 'ERR_TUF_TRANSPORT');
    expect(names()).toHaveLength(1);
    server.served.scenario = () => answer(403);
    await refusal(download(), 'ERR_TUF_TRANSPORT');
    expect(names()).toEqual([]);
  });
});

describe('what is in the folder of parts', () => {
  it.each([
    ['a byte of the body changed', () => writeAt(only(), headLength + 50, 'x'), [100_000, 0]],
    ['its end cut off', () => truncateSync(only(), headLength + 10), [10]],
    ['a power cut that left zeros', () => writeAt(only(), headLength + 60_000, '\0'.repeat(40_000)), [100_000, 0]],
    ['a head that is none', () => writeAt(only(), 0, 'T'), [0]],
    ['an ETag that is none', () => writeAt(only(), 12, '"\r\nX: y"\n'), [0]],
    ['no more than its head', () => truncateSync(only(), headLength), [0]],
    ['nothing in it', () => truncateSync(only(), 0), [0]],
  ])('survives a part with %s', async (_, damage, asked) => {
    await breakAt(100_000);
    damage();
    expect(await download()).toBe(asked.length === 1 ? asked[0] : 0);
    expect(server.asked()).toEqual(asked);
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  it.each([
    ['a link to a part', (at: string) => symlinkSync(join(folder, 'moved'), at)],
    ['a second name of a file', (at: string) => linkSync(join(folder, 'moved'), at)],
    ['a folder', (at: string) => mkdirSync(at)],
    ['a part that is longer than the target', (at: string) => writeFileSync(at, longPart())],
  ])('does not use %s, and does not touch what it leads to', async (_, make) => {
    await breakAt(100_000);
    const at = only();
    renameSync(at, join(folder, 'moved'));
    const before = readFileSync(join(folder, 'moved'));
    make(at);
    expect(await download()).toBe(0);
    expect(server.asked()).toEqual([0]);
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(readFileSync(join(folder, 'moved')).equals(before)).toBe(true);
  });

  it('does not wait for a pipe', async () => {
    await breakAt(100_000);
    const at = only();
    rmSync(at);
    const { spawnSync } = await import('node:child_process');
    expect(spawnSync('mkfifo', [at]).status).toBe(0);
    expect(await download()).toBe(0);
    expect(server.asked()).toEqual([0]);
  });

  it('does not use the part of another user', async () => {
    await breakAt(100_000);
    const asAnother = <T extends object>(stats: T): T => Object.assign(stats, { uid: 12_345 });
    const elsewhere = { ...nodeFiles, lstat: async (at: string) => asAnother(await nodeFiles.lstat(at)) };
    expect(await download({ files: elsewhere })).toBe(0);
    expect(server.asked()).toEqual([0]);
    expect(names()).toHaveLength(1);
  });

  it('[T41][A-70] never puts under the name what was changed after it was verified', async () => {
    const changedAt = (size: number) => {
      for (const name of names().filter((each) => statSync(join(parts, each)).size === headLength + size))
        writeAt(join(parts, name), headLength + 7, 'X');
    };
    const onProgress = (bytes: number) => bytes === content.length && changedAt(bytes);
    const error = await refusal(download({ onProgress }), 'ERR_TUF_HASH_MISMATCH');
    expect(error.hint).toContain('parts');
    expect([files(), names()]).toEqual([[], []]);
  });

  it('[T41] notices that the file was replaced by another while it was written', async () => {
    const swap = (): void => {
      const [name] = names();
      renameSync(join(parts, name as string), join(folder, 'aside'));
      writeFileSync(join(parts, name as string), Buffer.concat([Buffer.alloc(headLength), other]));
    };
    await refusal(download({ onProgress: (bytes) => bytes === content.length && swap() }), 'ERR_TUF_STORE');
    expect(files()).toEqual([]);
  });

  it('removes parts of more than a week, and the oldest of more than sixteen, and no other file', async () => {
    mkdirSync(parts);
    const names16 = Array.from({ length: 20 }, (_, i) => `sha256-${'a'.repeat(64)}.${i}.${'0'.repeat(15)}f.part`);
    names16.forEach((name, i) => {
      writeFileSync(join(parts, name), 'x');
      const time = Date.now() / 1000 - 60 * (i + 1);
      utimesSync(join(parts, name), time, time);
    });
    const old = names16[3] as string;
    utimesSync(join(parts, old), 1, Date.now() / 1000 - 8 * 86_400);
    writeFileSync(join(parts, 'mine.txt'), 'x');
    utimesSync(join(parts, 'mine.txt'), 1, 1);
    mkdirSync(join(parts, `sha256-b.1.${'0'.repeat(16)}.part`));
    await download();
    const left = names();
    expect(left).toContain('mine.txt');
    expect(left.filter((name) => name.startsWith('sha256-a')).sort()).toEqual(
      names16.filter((name, i) => i < 17 && name !== old).sort(),
    );
  });
});

function refuseTo(call: string, where: RegExp): (from: string, to: string) => Promise<void> {
  return async (from, to) => {
    if (where.test(to)) throw Object.assign(new Error(call), { code: 'ENOSPC' });
    await nodeFiles.rename(from, to);
  };
}

function longPart(): Buffer {
  return Buffer.concat([readFileSync(join(folder, 'moved')), content]);
}

function writeAt(file: string, offset: number, text: string): void {
  const bytes = readFileSync(file);
  bytes.write(text, offset, 'latin1');
  writeFileSync(file, bytes);
}
