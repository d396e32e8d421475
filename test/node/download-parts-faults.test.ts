import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../src/node/atomic-write.ts';
import { processTag } from '../../src/store/process-tag.ts';
import { refusal } from '../simulator/harness.ts';
import { failingAt, watched } from '../store/faulty-files.ts';
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
  parts,
  path,
  server,
} from './parts-case.ts';
import { brokenAfter } from './parts-server.ts';

describe('two downloads of one target', () => {
  it('never write to one part: the other one works without', async () => {
    await breakAt(100_000);
    const first = download();
    const [one, two] = await Promise.all([first, download()]);
    expect([one, two].sort()).toEqual([0, 100_000].sort());
    expect(server.asked().sort()).toEqual([0, 100_000].sort());
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(names()).toEqual([]);
  });

  it('goes on from the part of a process that has ended, not from that of one that lives', async () => {
    await breakAt(100_000);
    const free = only();
    const heldBy = (tag: string): string => free.replace(/\.part$/, `.${tag}.part`);
    const [, machine] = processTag().split(/\.(.*)/s) as [string, string];
    renameSync(free, heldBy(`1.${machine}`));
    expect(await download()).toBe(0);
    const { spawnSync } = await import('node:child_process');
    const ended = spawnSync(process.execPath, ['-e', 'process.stdout.write(String(process.pid))']).stdout;
    renameSync(heldBy(`1.${machine}`), heldBy(`${ended}.${machine}`));
    server.asked();
    await completes([100_000]);
  });

  it('waits an hour for a process of which nothing can be known, and for one that had the id of this one', async () => {
    for (const tag of ['77.elsewhere', processTag()]) {
      await breakAt(100_000);
      const held = only().replace(/\.part$/, `.${tag}.part`);
      renameSync(only(), held);
      expect(await download()).toBe(0);
      expect(names()).toHaveLength(1);
      server.asked();
      utimesSync(held, 1, Date.now() / 1000 - 3_601);
      await completes([100_000]);
    }
  });

  it('takes no part that somebody else takes at that moment', async () => {
    await breakAt(100_000);
    const files = watched((call, _, at) => {
      if (call === 'rename' && at === join(parts, names()[0] ?? '')) renameSync(at, join(folder, 'taken'));
    });
    expect(await download({ files })).toBe(0);
    expect(server.asked()).toEqual([0]);
    expect(existsSync(join(folder, 'taken'))).toBe(true);
  });

  it('does not go on from what grew since it was looked at', async () => {
    await breakAt(100_000);
    const files = watched((call, _, at) => {
      if (call === 'rename' && at?.startsWith(parts)) appendFileSync(at, 'more');
    });
    expect(await download({ files })).toBe(0);
    expect(readFileSync(path).equals(content)).toBe(true);
  });
});

describe('faults of the disk', () => {
  it('[2-a] at every call leave the file as it was, name the path, and let the next call end well', async () => {
    let nth = 1;
    for (; ; nth++) {
      writeFileSync(path, 'before');
      await breakAtFresh(100_000);
      const failing = failingAt(nth, { code: 'ENOSPC' });
      const end = await download({ files: failing.files }).then(
        () => 'done',
        (error: unknown) => error,
      );
      if (!failing.failed()) break;
      if (end !== 'done') {
        // After the rename, the flush of the folder: the new file is there.
        expect(['before', content.toString()]).toContain(readFileSync(path, 'utf8'));
        expect(end).toMatchObject({ code: 'ERR_TUF_STORE', hint: expect.stringContaining('space') });
      } else expect(readFileSync(path).equals(content)).toBe(true);
      expect(files()).toEqual(['file']);
      await download();
      expect(readFileSync(path).equals(content)).toBe(true);
      rmSync(parts, { recursive: true });
    }
    expect(nth).toBeGreaterThan(20);
  });

  it.each([
    ['a folder that cannot be made', 'mkdir', 'EACCES'],
    ['a folder that cannot be written to', 'open', 'EROFS'],
  ] as const)('says what to do about %s', async (_, call, code) => {
    const { files, failed } = failingAt(1, { code, only: [call], path: /parts/ });
    const error = await refusal(download({ files }), 'ERR_TUF_STORE');
    expect([failed(), error.evidence.path]).toEqual([true, expect.stringContaining(parts)]);
    expect(error.hint).toMatch(/access|another folder/);
    expect(server.asked()).toEqual([0]);
  });

  it('keeps what fits on a full disk, and goes on from there when there is room', async () => {
    let left = 200_000;
    const full = {
      ...nodeFiles,
      write: async (fd: number, bytes: Uint8Array, offset: number) => {
        const count = Math.min(bytes.length - offset, left);
        if (count === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        left -= count;
        return nodeFiles.write(fd, bytes.subarray(offset, offset + count), 0);
      },
    };
    const error = await refusal(download({ files: full }), 'ERR_TUF_STORE');
    expect(error.hint).toBe('free some space on the disk');
    server.asked();
    await completes([200_000 - headLength]);
  });

  it('reads a part in blocks of one size, however long it is', async () => {
    await breakAtFresh(390_000);
    const sizes: number[] = [];
    const read = (fd: number, buffer: Uint8Array, offset: number): Promise<number> => {
      sizes.push(buffer.length);
      return nodeFiles.read(fd, buffer, offset);
    };
    expect(await download({ files: { ...nodeFiles, read } })).toBe(390_000);
    expect(Math.max(...sizes)).toBe(262_144);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(390_000 + content.length);
  });

  it('wants the path of a folder', async () => {
    await expect(download({ parts: '' })).rejects.toThrow(TypeError);
  });
});

async function breakAtFresh(bytes: number): Promise<void> {
  server.served.scenario = () => brokenAfter(bytes, content);
  await refusal(download(), 'ERR_TUF_TRANSPORT');
  server.served.scenario = undefined;
}
