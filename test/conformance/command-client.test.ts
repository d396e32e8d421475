import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandClientOptions, commandClient } from '../../src/conformance/command-client.ts';
import type { RunResult } from '../../src/conformance/result.ts';
import { runVectors } from '../../src/conformance/run.ts';
import { buildCommand } from '../cli/harness.ts';
import { lineClient, newClients, shellClient } from './clients.ts';
import { honestServe, honestStep, type OwnFolder, ownFolder, patternVector, sequenceVector } from './own-vectors.ts';

const clients = newClients();
let tufa: string[];
let folder: OwnFolder;

const apple = { download: ['packages/apple.txt'] };
const applied = {
  result: 'accept',
  trusted: { packages: '1.packages.json' },
  targets: { 'packages/apple.txt': 'packages/apple.txt' },
};
const refused = {
  serve: { metadata: { 'timestamp.json': null } },
  do: 'refresh',
  expect: { result: 'reject', trusted: {} },
};
const timed = { ...honestStep, time: '2030-01-01T00:00:00Z' };

beforeAll(async () => {
  tufa = [process.execPath, await buildCommand('conformance-client', clients.path)];
  folder = ownFolder([
    sequenceVector('own/honest', [honestStep, { serve: {}, do: apple, expect: applied }]),
    sequenceVector('own/refused', [honestStep, refused]),
    sequenceVector('own/clock', [timed]),
    patternVector('own/matched', 'a*', 'abc', true),
    patternVector('own/other', 'a*', 'bc', false, { control: 'own/matched' }),
  ]);
});

afterAll(() => {
  clients.remove();
  folder.remove();
});

async function audit(command: string[], options: CommandClientOptions = {}, filter = ''): Promise<RunResult> {
  const client = await commandClient(command, { timeoutMs: 30_000, ...options });
  try {
    return await runVectors({ folder: await folder.open(), client, filter, jobs: 2 });
  } finally {
    await client.close();
  }
}

/** `ID verdict` of each, with what is wrong. */
function said({ results }: RunResult): string[] {
  return results.map(({ id, verdict, failure, reason }) => {
    const problems = (failure?.problems ?? []).map(({ what, where, found }) => `${where} ${what}: ${found}`);
    return [`${id} ${verdict}`, ...problems, ...(reason === undefined ? [] : [reason])].join(' | ');
  });
}

const noFaketime = (process.env['PATH'] ?? '').split(':').every((each) => !existsSync(join(each, 'faketime')));

describe('a program', () => {
  it('is asked by lines for all that it announces', async () => {
    const found = await audit(tufa);
    expect(said(found)).toEqual(
      ['own/honest', 'own/refused', 'own/clock', 'own/matched', 'own/other'].map((id) => `${id} passed`),
    );
    expect(found.results.map(({ by }) => by)).toEqual(['lines', 'lines', 'lines', 'call', 'call']);
    expect(found.client).toBe('tufa');
  });

  it('is asked by its command line, where calls and clocks may be missing', async () => {
    const found = await audit(tufa, { protocol: 'command-line' });
    const uncalled = 'skipped | the client does not answer the call match, and there is no sequence';
    const clock = noFaketime ? 'skipped | it has a clock of its own, and faketime is not installed' : 'passed';
    expect(said(found)).toEqual([
      'own/honest passed',
      'own/refused passed',
      `own/clock ${clock}`,
      `own/matched ${uncalled}`,
      `own/other ${uncalled}`,
    ]);
  });

  it('that announces calls alone is run by its command line for the rest', async () => {
    const source = lineClient(['match'], 'return { matched: request.path.startsWith(request.pattern[0]) };');
    const guarded = `if (process.argv[2] !== 'vectors') process.exit(1);\n${source}`;
    const found = await audit(clients.node('calls', guarded), {}, 'own/m');
    expect(said(found)).toEqual(['own/matched passed']);
    const rest = await audit(clients.node('calls', guarded), {}, 'own/honest');
    expect([rest.results[0]?.by, rest.failed]).toEqual(['command-line', 1]);
    const lines = await audit(clients.node('calls', guarded), { protocol: 'lines' }, 'own/honest');
    expect(lines.results[0]?.reason).toBe('the client does not announce init, refresh and download');
  });

  it('that cannot be started, or speaks another protocol, is an error', async () => {
    await expect(audit(['/nowhere/client'])).rejects.toMatchObject({ code: 'ERR_TUF_STORE' });
    await expect(audit(['/nowhere/client'], { protocol: 'command-line' })).rejects.toMatchObject({
      code: 'ERR_TUF_STORE',
    });
    const later = clients.shell('later', `echo '{"protocol":"tufa-vectors/2"}'; cat`);
    await expect(audit(later)).rejects.toMatchObject({ code: 'ERR_TUF_MALFORMED', evidence: { pointer: '/protocol' } });
    const mute = clients.shell('mute', 'exit 0');
    await expect(audit(mute, { protocol: 'lines' })).rejects.toThrow(
      'does not speak tufa-vectors/1: it ended with exit code 0',
    );
  });

  it('that refuses everything passes nothing', async () => {
    const found = await audit(clients.shell('no', 'exit 1'), { protocol: 'command-line' }, 'own/r');
    expect(said(found)).toEqual(['own/refused failed | step 1 client: refused']);
    const never = clients.node('never', lineClient(['match'], 'return { matched: false };'));
    expect(said(await audit(never, {}, 'own/o'))).toEqual(['own/other passed']);
  });
});

describe('a hostile program fails its vector, and the run goes on', () => {
  const command = (refresh: string, more: Record<string, string> = {}) =>
    clients.shell('hostile', shellClient({ refresh, ...more }));
  const first = async (refresh: string, options: CommandClientOptions = {}, more: Record<string, string> = {}) => {
    const found = await audit(command(refresh, more), { protocol: 'command-line', ...options }, 'own/r');
    expect([found.passed, found.failed]).toEqual([0, 1]);
    return said(found)[0]?.replace('own/refused failed | ', '') ?? '';
  };

  it.each([
    ['that ends with another code', 'exit 2', 'exit code 2: 0 is success'],
    ['that crashes', 'kill -ABRT $$', 'ended by SIGABRT'],
    ['that floods', 'yes', 'more than 16777216 bytes of output'],
    ['that accepts without a word', 'exit 0', 'root: 1.root.json'],
  ])('%s', async (_, script, problem) => {
    expect(await first(script)).toContain(problem);
  });

  it('that hangs', async () => {
    expect(await first('trap "" TERM; sleep 1000', { timeoutMs: 300 })).toContain('no end within 300 ms');
  });

  it.runIf(process.platform === 'linux')('that leaves processes behind', async () => {
    expect(await first('sleep 1000 & exit 0')).toContain('1 of its processes did not end with it');
  });

  it('that will not take a root', async () => {
    expect(await first('exit 0', {}, { init: 'exit 1' })).toContain('step 1 client: refused');
    expect(await first('exit 0', {}, { init: 'exit 7' })).toContain('exit code 7');
  });

  it.each([
    ['beside its folders', 'echo x >"$DIR/../escape"', 'client/escape'],
    ['above its folders', 'mkdir -p "$DIR/../../../x/y"', 'f/x'],
    ['far above its folders', 'echo x >"$DIR/../../../../../../../../../../escape"', 'escape'],
    [
      'over the root that it was given',
      'for f in "$DIR"/../../../../../../../../../given/*; do echo >"$f"; done',
      'changed the file',
    ],
  ])('that writes %s', async (_, script, problem) => {
    const found = await first(`${script}; exit 0`);
    expect(found).toMatch(/it wrote outside its folders|it changed the file/);
    expect(found).toContain(problem);
  });

  it.each([
    ['a link out of its folder', 'ln -sf /etc/passwd "$DIR/root.json"', 'metadata/root.json is no file, or too much'],
    ['a pipe that nobody writes to', 'rm -f "$DIR/root.json"; mkfifo "$DIR/root.json"', 'is no file, or too much'],
    ['a device', 'ln -sf /dev/zero "$DIR/x.json"', 'is no file, or too much'],
    ['no folder at all', 'rm -r "$DIR"; ln -s / "$DIR"', 'is no folder any more'],
    ['a hole of a terabyte', 'truncate -s 1T "$DIR/x.json"', 'is no file, or too much'],
  ])('that holds %s', async (_, script, problem) => {
    expect(await first(`${script}; exit 0`)).toContain(problem);
  });

  it.each([
    [
      'its folder',
      'rm -r "$DIR"; ln -s "VICTIM" "$DIR"',
      { disk: { metadata: { 'root.json': null } } },
      'no folder any more',
    ],
    [
      'its folder',
      'rm -r "$DIR"; ln -s "VICTIM" "$DIR"',
      { disk: { metadata: { 'root.json': 'root-1' } } },
      'no folder any more',
    ],
    [
      'a file',
      'ln -sf "VICTIM/root.json" "$DIR/root.json"',
      { disk: { metadata: { 'root.json': 'root-1' } } },
      'is no file',
    ],
    [
      'the root',
      'cd "$DIR/../../../../../../../../../given" && ln -sf "VICTIM/root.json" pinned.json',
      { pin: 'root-1' },
      'changed',
    ],
  ])('that puts a link for %s cannot have the runner write behind it', async (_, plant, more, problem) => {
    const victim = join(clients.path, `victim-${Math.random()}`);
    mkdirSync(victim);
    writeFileSync(join(victim, 'root.json'), 'mine');
    const accepted = { serve: honestServe, do: 'refresh', expect: { result: 'accept', trusted: {} } };
    const own = ownFolder([sequenceVector('own/links', [accepted, { ...accepted, serve: {}, ...more }])]);
    const client = await commandClient(command(`${plant.replace('VICTIM', victim)}; exit 0`), {
      protocol: 'command-line',
    });
    const found = await runVectors({ folder: await own.open(), client });
    await client.close();
    own.remove();
    expect(said(found)[0]).toMatch(/^own\/links failed/);
    expect(said(found)[0]).toContain(problem);
    expect(readFileSync(join(victim, 'root.json'), 'utf8')).toBe('mine');
  });

  it('that leaves a link inside its folder is no such program', async () => {
    const script =
      'mkdir "$DIR/history"; mv "$DIR/root.json" "$DIR/history/1.root.json"; ln -s history/1.root.json "$DIR/root.json"';
    expect(await first(`${script}; exit 0`)).not.toContain('no file');
  });

  it('and nothing of them is left, also where the run comes to no end', async () => {
    const before = process.env['TMPDIR'];
    const place = join(clients.path, 'temporary');
    mkdirSync(place);
    process.env['TMPDIR'] = place;
    try {
      await first('mkdir -m 0 "$DIR/closed"; exit 0');
      const controller = new AbortController();
      const client = await commandClient(command('sleep 0.2; exit 1'), { protocol: 'command-line' });
      const opened = await folder.open();
      const running = runVectors({ folder: opened, client, jobs: 2, signal: controller.signal });
      const closed = running.finally(() => client.close());
      setTimeout(() => controller.abort('enough'), 50);
      await expect(closed).rejects.toBe('enough');
      expect(readdirSync(place)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
  });
});

describe('a hostile client of the line protocol fails its vector, and the run goes on', () => {
  /** Answers wrongly once, at the first question of all, and rightly ever after. */
  const once = (wrong: string) => {
    const mark = JSON.stringify(join(clients.path, `mark-${Math.random()}`));
    return clients.node(
      'once',
      lineClient(
        ['match'],
        `if (!existsSync(${mark})) { mkdirSync(${mark}); ${wrong} } return { matched: request.path[0] === 'a' };`,
        `import { existsSync, mkdirSync } from 'node:fs';
        const pour = async (stream, what = 'x') => {
          for (;;) await new Promise((resolve) => stream.write(what.repeat(1e6), resolve));
        };`,
      ),
    );
  };

  it.each([
    ['no JSON', `say('hello'); return undefined;`, 'no JSON object without fractions: hello'],
    ['a fraction', `say('{"id":1,"matched":1.5}'); return undefined;`, 'no JSON object without fractions'],
    ['no object', `say('[]'); return undefined;`, 'no JSON object'],
    ['an empty line', `say(''); return undefined;`, 'no JSON object'],
    ['another question', `return { id: 17, matched: true };`, 'an answer to 17 and not to 1'],
    [
      'twice',
      `say('{"id":1,"matched":true}\\n{"id":1,"matched":true}'); return undefined;`,
      'more than one line in answer',
    ],
    ['that it cannot', `return { error: 'no such thing' };`, 'error: no such thing'],
    ['by its end', `process.exit(3);`, 'it ended with exit code 3'],
    ['by a crash', `process.kill(process.pid, 'SIGKILL'); return undefined;`, 'ended by SIGKILL'],
    ['a line without end', `pour(process.stdout); return undefined;`, 'a line of more than 16777216 bytes'],
    ['lines without end', `pour(process.stdout, 'x\\n'); return undefined;`, ''],
    ['elsewhere without end', `pour(process.stderr); return undefined;`, 'more than 16777216 bytes of output'],
  ])('that answers %s', async (_, wrong, problem) => {
    const [matched, other] = said(await audit(once(wrong), {}, 'own/m')).concat(
      said(await audit(once('0'), {}, 'own/o')),
    );
    expect(matched).toMatch(/^own\/matched failed/);
    expect(matched).toContain(problem);
    expect(other).toBe('own/other passed');
  });

  it('that does not answer', async () => {
    const [found] = said(await audit(once('return undefined;'), { timeoutMs: 1000 }, 'own/m'));
    expect(found).toContain('no answer within 1000 ms');
  });

  it('is started anew, as often as it takes', async () => {
    const found = await audit(clients.node('dies', lineClient(['match'], 'process.exit(0);')), {}, 'own/');
    expect(found.failed).toBeGreaterThanOrEqual(2);
    expect(said(found).filter((line) => line.includes('it ended with exit code 0'))).toHaveLength(2);
  });
});

describe('what sequences have in common', () => {
  const counting = (name: string, refresh: string): { command: string[]; said: () => string[] } => {
    const log = join(clients.path, `${name}.log`);
    const noting = `echo "$last $DIR $URL" >>"${log}"`;
    const source = shellClient({ init: `${noting}; cp "$ROOT" "$DIR/root.json"`, refresh: `${noting}; ${refresh}` });
    const url = 'for word in "$@"; do case "$was" in --metadata-url) URL=$word;; esac; was=$word; done';
    return {
      command: clients.shell(name, `${url}\n${source}`),
      said: () => readFileSync(log, 'utf8').trim().split('\n'),
    };
  };
  const files = Object.keys(honestServe.metadata).filter((name) => name !== 'timestamp.json');
  const accepted = { serve: honestServe, do: 'refresh', expect: { result: 'accept', trusted: {} } };
  const refusing = (file: string) => ({
    serve: { metadata: { 'timestamp.json': file } },
    do: 'refresh',
    expect: { result: 'reject', trusted: {} },
  });
  const shared = (...ids: string[]) =>
    ownFolder(ids.map((id, i) => sequenceVector(id, [accepted, refusing(files[i] as string)])));
  const auditOf = async (own: OwnFolder, command: string[], jobs = 1): Promise<RunResult> => {
    const client = await commandClient(command, { protocol: 'command-line' });
    try {
      return await runVectors({ folder: await own.open(), client, jobs });
    } finally {
      await client.close();
      own.remove();
    }
  };
  /** Succeeds at first, and fails when it finds what it wrote then: beside its metadata, under a name with a dot, and by a link. */
  const secondFails = [
    'if [ -e "$DIR/.state/done" ] && [ -e "$TMPDIR/note" ] && [ -e "$DIR/link" ]; then exit 1; fi',
    'mkdir "$DIR/.state" && echo "$DIR" >"$DIR/.state/done" && echo x >"$TMPDIR/note"',
    'ln -s "$DIR/.state/done" "$DIR/link"; exit 0',
  ].join('; ');

  it('is run once, and the client cannot tell', async () => {
    const { command, said: lines } = counting('once', secondFails);
    expect(said(await auditOf(shared('own/a', 'own/b', 'own/c'), command))).toEqual(
      ['own/a', 'own/b', 'own/c'].map((id) => `${id} passed`),
    );
    expect(lines().map((line) => line.split(' ')[0])).toEqual(['init', 'refresh', 'refresh', 'refresh', 'refresh']);
    expect(new Set(lines().map((line) => line.split(' ')[1])).size).toBe(1);
    expect(
      new Set(
        lines()
          .slice(1)
          .map((line) => line.split(' ')[2]),
      ).size,
    ).toBe(1);
  });

  it('has folders and a URL of its own in each of several jobs', async () => {
    const { command, said: lines } = counting('jobs', `sleep 0.1; ${secondFails}`);
    const found = await auditOf(shared('own/a', 'own/b', 'own/c', 'own/d'), command, 2);
    expect([found.passed, found.failed]).toEqual([4, 0]);
    expect(new Set(lines().map((line) => line.split(' ')[1])).size).toBe(2);
    expect(lines().filter((line) => line.startsWith('init'))).toHaveLength(2);
  });

  it('is not kept when it was not as it should be', async () => {
    const { command, said: lines } = counting('wrong', 'exit 1');
    const found = await auditOf(shared('own/a', 'own/b'), command);
    expect(said(found)).toEqual(['own/a', 'own/b'].map((id) => `${id} failed | step 1 result: refused`));
    expect(lines().map((line) => line.split(' ')[0])).toEqual(['init', 'refresh', 'refresh']);
  });

  it('is not kept when the client did what it may not, which every vector is told', async () => {
    const { command } = counting('outside', `echo x >"$DIR/../escape"; ${secondFails}`);
    const found = await auditOf(shared('own/a', 'own/b'), command);
    expect(said(found)).toEqual(
      ['own/a', 'own/b'].map((id) => expect.stringMatching(new RegExp(`^${id} failed .*outside its folders`))),
    );
  });

  it('is judged by what each vector expects of it', async () => {
    const { command } = counting('judged', secondFails);
    const other = { ...accepted, expect: { result: 'accept', trusted: { timestamp: 'timestamp.json' } } };
    const own = ownFolder([
      sequenceVector('own/a', [accepted, refusing('1.snapshot.json')]),
      sequenceVector('own/b', [other, refusing('1.snapshot.json')]),
    ]);
    expect(said(await auditOf(own, command))).toEqual([
      'own/a passed',
      'own/b failed | step 1 trusted: timestamp: none',
    ]);
  });

  it('ends where anything differs, the answers that are already used up included', async () => {
    const asked = 'fetch(process.argv[1]).then(({ status }) => process.exit(status === 200 ? 0 : 1))';
    const get = `"${process.execPath}" -e "${asked}" "$URL"timestamp.json`;
    const { command, said: lines } = counting('answers', get);
    const step = (answers: unknown[], result: string, more = {}) => ({
      serve: { metadata: { 'timestamp.json': answers } },
      do: 'refresh',
      expect: { result, trusted: {} },
      ...more,
    });
    const again = (result: string) => ({ serve: {}, do: 'refresh', expect: { result, trusted: {} } });
    const own = ownFolder([
      sequenceVector('own/a', [step(['timestamp.json', { status: 500 }], 'accept'), again('reject')]),
      sequenceVector('own/b', [step(['timestamp.json', { status: 500 }], 'accept'), again('reject'), again('reject')]),
      sequenceVector('own/c', [step(['timestamp.json'], 'accept'), again('accept')]),
    ]);
    expect(said(await auditOf(own, command))).toEqual(['own/a', 'own/b', 'own/c'].map((id) => `${id} passed`));
    expect(lines().filter((line) => line.startsWith('refresh'))).toHaveLength(2 + 2 + 2);
  });
});
