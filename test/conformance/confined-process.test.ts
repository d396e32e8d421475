import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Bounds, ConfinedProcess } from '../../src/conformance/confined-process.ts';
import { membersOf } from '../../src/conformance/process-table.ts';

const sh = (script: string) => ['/bin/sh', '-c', script];
const isLinux = process.platform === 'linux';

async function run(script: string, bounds: Bounds = {}) {
  const confined = new ConfinedProcess({ command: sh(script), bounds });
  confined.close();
  return await confined.ended;
}

/** Whether a process is still there, and no zombie. */
function isAlive(pid: number): boolean {
  return readdirSync('/proc').includes(String(pid)) && (membersOf(pid) ?? []).includes(pid);
}

describe('a confined process', () => {
  it('ends with its code, and what it wrote is kept', async () => {
    expect(await run('echo out; echo err >&2; exit 3')).toMatchObject({ code: 3, broken: undefined });
    const { output } = await run('echo out; echo err >&2');
    expect(output.split('\n').sort()).toEqual(['', 'err', 'out']);
    expect(await run('cat')).toMatchObject({ code: 0 });
  });

  it('that crashes is told from one that ends', async () => {
    expect(await run('kill -SEGV $$')).toMatchObject({ code: undefined, broken: 'ended by SIGSEGV' });
  });

  it('that cannot be started is no verdict', async () => {
    await expect(new ConfinedProcess({ command: ['/nowhere/program'] }).ended).rejects.toMatchObject({
      code: 'ERR_TUF_STORE',
      message: 'cannot start /nowhere/program',
    });
  });

  it('that hangs is ended, also where it asks not to be', async () => {
    const { broken } = await run('trap "" TERM INT HUP; while :; do sleep 100; done', { timeoutMs: 200 });
    expect(broken).toBe('no end within 200 ms');
  });

  it('that floods its output is ended, and little of it is kept', async () => {
    for (const script of ['yes', 'yes >&2', 'yes & yes >&2']) {
      const { broken, output } = await run(script, { outputBytesMax: 1_000_000 });
      expect(broken).toBe('more than 1000000 bytes of output');
      expect(output.length).toBeLessThan(20_000);
      expect(output).toMatch(/\n… \d+ bytes …\n/);
    }
  });

  it.runIf(isLinux)('that takes too much memory is ended', async () => {
    const hog = `${process.execPath} -e 'const all=[];setInterval(()=>all.push(Buffer.alloc(1e7,1)),1)'`;
    const { broken } = await run(`${hog} & wait`, { memoryBytesMax: 300_000_000 });
    expect(broken).toBe('more than 300000000 bytes of memory');
  });

  it.runIf(isLinux)('that leaves children behind is broken, and they are ended', async () => {
    const { broken, output } = await run('sleep 1000 >/dev/null 2>&1 & echo $!; exit 0');
    expect(broken).toBe('1 of its processes did not end with it');
    expect(isAlive(Number(output))).toBe(false);
  });

  it.runIf(isLinux)('is not waited for where a child holds its output open', async () => {
    const { broken, output } = await run('sleep 1000 & echo $!; exit 0');
    expect(broken).toBe('1 of its processes did not end with it');
    expect(isAlive(Number(output))).toBe(false);
  });

  it.runIf(isLinux && existsSync('/usr/bin/setsid'))('may not let a child leave its group', async () => {
    const { broken } = await run('setsid sleep 1000 >/dev/null 2>&1 & exec 1>&-; sleep 0.2; exit 0');
    expect(broken).toBe('1 of its processes did not end with it');
  });

  it.runIf(isLinux)('may have children that end a moment later', async () => {
    expect(await run('(sleep 0.1; echo late) & exit 0')).toMatchObject({
      code: 0,
      broken: undefined,
      output: 'late\n',
    });
  });

  it.runIf(isLinux)('ends with all that it started when it is ended', async () => {
    const confined = new ConfinedProcess({ command: sh('sleep 1000 & sleep 1000 & echo $$; wait'), isTimed: false });
    while (!confined.output.includes('\n')) await new Promise((resolve) => setTimeout(resolve, 5));
    const group = Number(confined.output);
    expect(membersOf(group)?.length).toBe(3);
    confined.end('enough');
    expect((await confined.ended).broken).toBe('enough');
    expect(membersOf(group)).toEqual([]);
  });

  it('takes lines, and may write as much again for each', async () => {
    let heard = '';
    const confined = new ConfinedProcess({
      command: sh('while read -r line; do echo "$line"; printf %600s x >&2; done'),
      bounds: { outputBytesMax: 1000 },
      isTimed: false,
      onStdout: (chunk) => {
        heard += chunk;
      },
    });
    for (let i = 1; i <= 5; i += 1) {
      confined.renew();
      confined.write(`line ${i}`);
      while (confined.output.length < Math.min(i * 600, 5 * 600) || !heard.includes(`line ${i}\n`)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    confined.close();
    expect(await confined.ended).toMatchObject({ code: 0, broken: undefined });
  });
});
