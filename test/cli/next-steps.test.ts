/** What a command ends with: the commands that come next. Whatever is said is typed, and has to work. */
import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { argumentsOf, newFolder, newShell, newVerdicts } from './harness.ts';

const tufa = newShell();
const { ok, fails } = newVerdicts(tufa);
const base = newFolder();
afterAll(() => base.remove());
const original = join(base.path, 'original');
const key = (name: string): string => join(base.path, `${name}.pem`);
const publicHalf = (name: string): string => join(base.path, `${name}.json`);
let count = 0;

const copy = (): string => base.copy(original);

beforeAll(async () => {
  await ok(['init', original]);
  await ok(['delegate', original, 'releases', '--paths', 'releases/*']);
  await ok(['publish', original]);
  for (const name of ['alice', 'bob', 'dana']) {
    await ok(['key', 'create', `file:${key(name)}`]);
    const { stdout } = await tufa(['key', 'export', `file:${key(name)}`, '--json']);
    base.write(`${name}.json`, stdout);
  }
});

const status = async (dir: string, ...args: string[]) => ok(['status', dir, ...args]);
const file = (): string => base.write('x.tgz', 'x');
const withoutKey = (dir: string, name: string): void => renameSync(join(dir, 'keys', name), join(base.path, name));

/** Types what is said for `role`, with what stands for the places in it. */
async function follow(dir: string, next: readonly string[], name: string): Promise<void> {
  const event = join(base.path, `event-${++count}.json`);
  for (const command of next) {
    const typed = command
      .replace('ROOT', `${dir}/root.json`)
      .replace('EVENT', event)
      .replace('--key URI', `--key file:${key(name)}`);
    await ok(argumentsOf(typed, base.path));
  }
}

describe('targets outside of what a role is trusted with', () => {
  it('[A-61] are warned of where they are staged, reviewed and looked at, with the patterns of the role', async () => {
    const dir = copy();
    const added = await tufa(['add', dir, file(), '--role', 'releases', '--prefix', 'elsewhere']);
    const words = 'no client would find elsewhere/x.tgz in releases, which is trusted with releases/*';
    expect([added.exitCode, added.stderr]).toEqual([0, expect.stringContaining(`tufa: warning: ${words}\n`)]);
    expect(added.stderr).not.toContain('tufa publish');
    expect((await ok(['review', dir])).warnings).toContainEqual({
      code: 'targets-unreachable',
      role: 'releases',
      text: words,
    });
    const next = [`tufa remove ${dir} PATH --role=releases`, `tufa delegate ${dir} releases --paths PATTERN`];
    const found = await status(dir);
    expect(found.warnings).toEqual([{ code: 'targets-unreachable', role: 'releases', text: words, next }]);
    expect(found.staged[0].next).toEqual(next);
    await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    // Each of the two is a way out.
    const other = `${dir}-other`;
    cpSync(dir, other, { recursive: true });
    await ok(['remove', dir, 'elsewhere/x.tgz', '--role', 'releases']);
    await ok(['delegate', other, 'releases', '--paths', 'releases/*', 'elsewhere/*']);
    for (const each of [dir, other]) {
      const { staged } = await status(each);
      expect(staged.map(({ next: own }: { next: string[] }) => own)).toEqual(
        staged.map(() => [`tufa publish ${each}`]),
      );
      await ok(['publish', each]);
    }
  });

  it('are told from those that clients take from another role', async () => {
    const dir = copy();
    await ok(['add', dir, file(), '--prefix', 'releases']);
    await ok(['add', dir, file(), '--prefix', 'releases', '--role', 'releases']);
    const { warnings } = await ok(['review', dir]);
    expect(warnings).toContainEqual({
      code: 'targets-shadowed',
      role: 'releases',
      text: 'clients get releases/x.tgz from targets, not from releases',
    });
    // It is odd, and no reason to refuse it.
    expect((await status(dir)).warnings).toEqual([]);
    await ok(['publish', dir]);
  });
});

describe('the next command', () => {
  it('is not to publish where a key is named and not there', async () => {
    const dir = copy();
    await ok(['add', dir, file()]);
    withoutKey(dir, 'targets-1.pem');
    const { staged } = await status(dir);
    expect(staged[0].next[0]).toBe(`tufa review ${dir} --to EVENT`);
    await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_UNSIGNED');
    renameSync(join(base.path, 'targets-1.pem'), join(dir, 'keys/targets-1.pem'));
    expect((await status(dir)).staged[0].next).toEqual([`tufa publish ${dir}`]);
  });

  it('[6.1-c] asks for the old key of root, too', async () => {
    const dir = copy();
    withoutKey(dir, 'root-1.pem');
    const rotated = await tufa(['rotate', dir, 'root', '--add', `file:${key('alice')}`]);
    expect(rotated.stderr).toMatch(
      /^tufa: root: to sign: 0 of 1 signatures for root version 1, 1 more by [0-9a-f]{64}$/m,
    );
    expect(rotated.stderr).not.toContain('next: tufa publish');
    expect((await status(dir)).staged[0].next).toEqual([
      `tufa sign ${dir}`,
      `tufa review ${dir} --to EVENT`,
      'tufa sign EVENT --key URI --root ROOT',
      `tufa merge ${dir} EVENT`,
    ]);
    await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_UNSIGNED');
    renameSync(join(base.path, 'root-1.pem'), key('old'));
    const { staged } = await status(dir);
    await follow(dir, staged[0].next, 'old');
    expect((await status(dir)).staged[0].next).toEqual([`tufa publish ${dir}`]);
    expect((await ok(['publish', dir])).newRoot).toBe(true);
  });

  it('publishes the rest while a role waits for somebody, and says who that is', async () => {
    const dir = copy();
    const delegated = await tufa(['delegate', dir, 'nightly', '--paths', 'nightly/*', '--key', publicHalf('dana')]);
    expect(delegated.stderr).toContain(`tufa: next: tufa publish ${dir}\n`);
    expect(delegated.stderr).toContain(`tufa: add files to it with: tufa add ${dir} FILE… --role=nightly\n`);
    const added = await tufa(['add', dir, file(), '--role', 'nightly', '--prefix', 'nightly']);
    expect(added.stderr).toMatch(/^tufa: nightly: to sign: 0 of 1 signatures for targets, 1 more by [0-9a-f]{64}$/m);
    const { staged } = await status(dir);
    expect(staged.map(({ role, next }: { role: string; next: string[] }) => [role, next[0]])).toEqual([
      ['targets', `tufa publish ${dir} --without=nightly`],
      ['nightly', `tufa review ${dir} --to EVENT`],
    ]);
    await ok(['publish', dir, '--without', 'nightly']);
    await follow(dir, (await status(dir)).staged[0].next, 'dana');
    await ok(['publish', dir]);
    expect(await status(dir)).toMatchObject({ accepted: true, staged: [], warnings: [] });
  });

  it('publishes no role alone that stands on a draft of another', async () => {
    const dir = copy();
    await ok(['delegate', dir, 'nightly', '--paths', 'nightly/*']);
    await ok(['add', dir, file(), '--role', 'nightly', '--prefix', 'nightly']);
    withoutKey(dir, 'targets-1.pem');
    const { staged } = await status(dir);
    for (const { next } of staged) expect(next.join()).not.toContain('tufa publish');
    renameSync(join(base.path, 'targets-1.pem'), join(dir, 'keys/targets-1.pem'));
    await ok(['publish', dir]);
  });

  it('names the keys that only publishing needs', async () => {
    const dir = copy();
    withoutKey(dir, 'timestamp-1.pem');
    const added = await tufa(['add', dir, file()]);
    const words =
      'publishing needs the keys of timestamp, which are not at hand: publish where they are, or bring them here';
    expect(added.stderr).toContain(words);
    const found = await status(dir);
    expect(found.warnings).toMatchObject([{ code: 'keys-absent', role: 'timestamp', text: words }]);
    expect(found.staged[0].next).toEqual([`tufa sign ${dir}`]);
    const { json } = await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_UNSIGNED');
    expect(json.error.hint).toContain(`tufa key list ${dir}`);
    renameSync(join(base.path, 'timestamp-1.pem'), join(dir, 'keys/timestamp-1.pem'));
    await ok(['publish', dir]);
  });

  it('says what a replaced key that is gone costs', async () => {
    const dir = copy();
    await ok(['rotate', dir, 'timestamp', '--add', `file:${key('bob')}`, '--remove', 'file:keys/timestamp-1.pem']);
    expect((await status(dir)).staged[0].next).toEqual([`tufa publish ${dir}`]);
    rmSync(join(dir, 'keys/timestamp-1.pem'));
    const { warnings, staged } = await status(dir);
    expect(warnings).toMatchObject([{ code: 'replaced-key-absent', role: 'timestamp' }]);
    expect([warnings[0].next.at(-1), staged[0].next]).toEqual([
      `tufa publish ${dir} --accept-gap`,
      [`tufa sign ${dir}`],
    ]);
    await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    await ok(['publish', dir, '--accept-gap']);
  });

  it('of a file that was signed is to send it back, and of files that came back to publish', async () => {
    const dir = copy();
    await ok(['rotate', dir, 'root', '--add', publicHalf('alice'), '--threshold', '2']);
    await ok(['sign', dir]);
    const event = join(base.path, 'sent.json');
    await ok(['review', dir, '--to', event]);
    const signed = await tufa(['sign', event, '--key', `file:${key('alice')}`, '--root', join(dir, 'root.json')]);
    expect(signed.stderr).toContain(
      `tufa: no signature is missing any more: send ${event} back to whoever sent it\ntufa: next, where the repository is: tufa merge DIR ${event}\n`,
    );
    expect(await ok(['merge', dir, event])).toMatchObject({ next: [`tufa publish ${dir}`] });
    const published = await tufa(['publish', dir]);
    expect(published.stderr).toMatch(/clients accept it until \d{4}-.*Z\ntufa: next: tufa timestamp .*, before then\n/);
    const late = await tufa(['merge', dir, event]);
    expect(late.stderr).toContain('root version 2 is published already');
  });

  it('of a role that ends is the way of its draft where one is staged, and of its keys where they are', async () => {
    const dir = copy();
    const early = ['--warn-before', 'root=2y'];
    const nextOf = async () => (await status(dir, ...early)).warnings[0].next;
    expect(await nextOf()).toEqual([`tufa renew ${dir} root`, `tufa publish ${dir}`]);
    withoutKey(dir, 'root-1.pem');
    expect(await nextOf()).toEqual([
      `tufa renew ${dir} root`,
      `tufa review ${dir} --to EVENT`,
      'tufa sign EVENT --key URI --root ROOT',
      `tufa merge ${dir} EVENT`,
      `tufa publish ${dir}`,
    ]);
    renameSync(join(base.path, 'root-1.pem'), join(dir, 'keys/root-1.pem'));
    await ok(['renew', dir, 'root'], { now: new Date(Date.now() + 60_000) });
    expect(await nextOf()).toEqual([`tufa publish ${dir}`]);
  });
});

describe('a name that no role has', () => {
  it.each([
    ['list', ['list', 'DIR', '--role', 'nobody']],
    ['status', ['status', 'DIR', '--warn-before', 'nobody=3d']],
    ['discard', ['discard', 'DIR', 'nobody']],
    ['renew', ['renew', 'DIR', 'nobody']],
    ['rotate', ['rotate', 'DIR', 'nobody', '--threshold', '1']],
    ['publish', ['publish', 'DIR', '--without', 'nobody']],
    ['sign', ['sign', 'DIR', '--role', 'nobody']],
    ['add', ['add', 'DIR', 'FILE', '--role', 'nobody']],
    ['remove', ['remove', 'DIR', 'x', '--role', 'nobody']],
    ['delegate', ['delegate', 'DIR', 'new', '--paths', 'x', '--from', 'nobody']],
    ['bins', ['bins', 'DIR', '--from', 'nobody']],
  ])('is refused by %s, with the names that there are', async (_, typed) => {
    const dir = copy();
    await ok(['add', dir, file()]);
    const args = typed.map((arg) => (arg === 'DIR' ? dir : arg === 'FILE' ? file() : arg));
    const { json } = await fails(args, 4, 'ERR_TUF_REPOSITORY_REFUSED');
    expect(json.error.message).toContain('nobody');
    expect(json.error.hint).toContain('the roles are root, targets, snapshot, timestamp, releases');
  });

  it('is told from one that has nothing staged or published', async () => {
    const dir = copy();
    expect((await fails(['discard', dir, 'releases'], 4, 'ERR_TUF_REPOSITORY_REFUSED')).json.error.message).toBe(
      'releases: nothing is staged for it',
    );
    expect(await ok(['list', dir, '--role', 'releases'])).toEqual({ targets: [] });
    await ok(['status', dir, '--warn-before', 'releases=3d']);
  });
});

it('takes the URI that key list prints for the key that goes, wherever it is typed', async () => {
  const dir = copy();
  const { roles } = await ok(['key', 'list', dir]);
  for (const { role, keys } of roles.filter(({ role: name }: { role: string }) => name !== 'releases')) {
    await ok(['rotate', dir, role, '--add', `file:${key('alice')}`, '--remove', keys[0].uri]);
  }
  await ok(['publish', dir]);
  const after = await ok(['key', 'list', dir]);
  expect(after.roles[0].keys).toMatchObject([{ uri: `file:${key('alice')}` }]);
  expect(readFileSync(join(dir, 'tufa.json'), 'utf8')).toContain(key('alice'));
});
