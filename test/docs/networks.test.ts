/** The page about networks: what it counts, what it says of limits, and its commands and programs. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { networkFailure } from '../../src/cli/network-failure.ts';
import { TufError } from '../../src/errors.ts';
import { brokenAfter, content, type GetServer, serveRepository } from '../cli/get-server.ts';
import { newShell } from '../cli/harness.ts';
import { clientOf, OpenStore } from '../simulator/harness.ts';
import { Simulator } from '../simulator/simulator.ts';
import { at } from '../tools/project.mjs';
import { stepsOf } from './transcript.ts';

const page = readFileSync(at('docs/use/networks.md'), 'utf8');
const printed = 'http://127.0.0.1:8080';

describe('the page of networks', () => {
  const tufa = newShell();
  const before = process.cwd();
  let server: GetServer;

  beforeAll(async () => {
    server = await serveRepository();
    mkdirSync(join(server.base.path, 'user'));
    process.chdir(join(server.base.path, 'user'));
    copyFileSync(server.root, 'root.json');
  });
  afterAll(async () => {
    process.chdir(before);
    await server.stop();
    server.base.remove();
  });

  it('counts requests as they are', async () => {
    const simulator = new Simulator();
    const pinned = simulator.bytes('metadata/1.root.json');
    simulator.addTarget(simulator.targets, 'f', 'content');
    simulator.publishTargets();
    const store = new OpenStore();
    const counted = async (act: () => Promise<unknown>): Promise<number> => {
      const since = simulator.requests.length;
      await act();
      return simulator.requests.length - since;
    };
    const { client } = clientOf(simulator, store, pinned);
    const costs = [await counted(() => client.refresh()), await counted(() => client.refresh())];
    simulator.publishTargets();
    costs.push(await counted(() => client.refresh()));
    simulator.rotate('timestamp', 'another');
    simulator.publishTargets();
    costs.push(await counted(() => client.refresh()));
    const target = (await client.find('f')) as NonNullable<Awaited<ReturnType<typeof client.find>>>;
    costs.push(await counted(() => client.find('f')), await counted(() => client.download(target)));
    expect(costs).toEqual([4, 2, 4, 5, 0, 1]);

    simulator.delegate('targets', 'one');
    simulator.delegate('one', 'two');
    simulator.addTarget(simulator.delegated.get('two'), 'deep', 'content');
    simulator.publishDelegated();
    simulator.publishTargets();
    const next = clientOf(simulator, store, pinned).client;
    await next.refresh();
    expect([await counted(() => next.find('deep')), await counted(() => next.find('deep'))]).toEqual([2, 0]);
    const later = clientOf(simulator, store, pinned).client;
    await later.refresh();
    expect(await counted(() => later.find('deep'))).toBe(0);
    const said = [...page.matchAll(/^\| `(?:refresh|find|download)\(\)`.*?\| (\d|one)/gm)].map(([, count]) => count);
    expect(said).toEqual(['2', '4', 'one', 'one', '1']);
  });

  it('says the limits that hold', () => {
    const sources = ['patience', 'retry', 'location'].map((name) =>
      readFileSync(at(`src/transport/${name}.ts`), 'utf8'),
    );
    const rows = [...page.matchAll(/^\| [^|]* \| ([\d,]+)(?: ms)? \| `(\w+)`/gm)];
    expect(rows).toHaveLength(6);
    for (const [, figure = '', name] of rows) {
      const value = figure.replaceAll(',', '').replace(/\B(?=(\d{3})+$)/g, '_?');
      expect(sources.join('\n')).toMatch(new RegExp(`\\b${name}(?:: \\w+)? = ${value}\\b`));
    }
    expect(page).toContain('at most five times');
    expect(sources[2]).toContain('redirectsMax = 5');
  });

  it('has a hint for every code that it lists, and lists none that is not one', () => {
    const hintOf = (code: string): string | undefined => {
      const cause = Object.assign(new Error('x'), { code });
      const error = new TufError('ERR_TUF_TRANSPORT', 'x', { url: 'http://x' }, { cause, hint: 'general' });
      return (networkFailure(error, {}) as TufError).hint;
    };
    const rows = [...page.matchAll(/^\| ((?:`[A-Z_]+`(?:, )?)+) \|/gm)].flatMap(
      ([, codes = '']) => codes.match(/[A-Z_]+/g) ?? [],
    );
    const network = rows.filter((code) => !code.startsWith('ERR_TUF_'));
    expect(network.length).toBeGreaterThan(12);
    const general = network.filter((code) => hintOf(code) === 'general');
    expect(general).toEqual(['ECONNRESET', 'EPIPE']);
    const errors = readFileSync(at('docs/errors.md'), 'utf8');
    for (const code of rows.filter((each) => each.startsWith('ERR_TUF_'))) expect(errors).toContain(`| \`${code}\` |`);
  });

  it('runs its programs, one after the other', async () => {
    const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
    expect(blocks).toHaveLength(4);
    const program = `${blocks.join('\n')}\nexport const done = { resumedFrom, blob, proxied };\n`;
    writeFileSync('networks.mts', program.replaceAll(printed, server.origin));
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const { done } = await import(/* @vite-ignore */ join(process.cwd(), 'networks.mts'));
    expect([done.resumedFrom, done.blob.size, typeof done.proxied.get]).toEqual([0, content.length, 'function']);
    expect(log).toHaveBeenCalledWith(`${content.length} of ${content.length}`);
    log.mockRestore();
    expect(readFileSync('app.bin').equals(content)).toBe(true);
    for (const name of ['cache', 'parts', 'app.bin']) rmSync(name, { recursive: true });
  });

  it('runs its commands, and is answered as it says', async () => {
    const steps = stepsOf(page);
    expect(steps).toHaveLength(3);
    let isAway = true;
    server.fileScenario = (request) => {
      if (!isAway) return undefined;
      return request.head.includes('ange: ')
        ? (socket) => void socket.resetAndDestroy()
        : brokenAfter(262_144, content);
    };
    for (const { command, says } of steps) {
      const lines = [...says];
      const code = lines.at(-1)?.startsWith('exit ') ? Number(lines.pop()?.slice(5)) : 0;
      const ran = await tufa(
        command
          .split(' ')
          .slice(1)
          .map((arg) => arg.replace(printed, server.origin)),
      );
      expect(ran.exitCode, ran.stderr).toBe(code);
      const said = ran.stderr.replaceAll(server.origin, printed).replace(/^tufa: /gm, '');
      const shown = lines.map((line) => line.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('…', '.*'));
      expect(said).toMatch(new RegExp(`^${shown.join('\n(?:because: .*\n)*')}\n$`));
      isAway = false;
    }
    expect(readFileSync('downloads/app.bin').equals(content)).toBe(true);
    expect(existsSync('parts')).toBe(true);
  });
});
