/** What an operator does wrong: each is refused in words of its own, says what comes next, and leaves no trace. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFolder, newShell, newVerdicts } from './harness.ts';

const tufa = newShell();
const { ok, fails } = newVerdicts(tufa);
const base = newFolder();
afterAll(() => base.remove());
const original = join(base.path, 'original');
const inDays = (days: number): Date => new Date(Date.now() + days * 86_400_000);
/** Within the second in which it was made, there is nothing to renew. */
const inMinutes = (minutes: number): Date => inDays(minutes / 1440);
let count = 0;

function copy(): string {
  const dir = join(base.path, `repository-${++count}`);
  cpSync(original, dir, { recursive: true });
  return dir;
}

/** Every file below a folder with its bytes, but for the lock. */
function everythingIn(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.endsWith('.lock'));
  return Object.fromEntries(paths.sort().map((path) => [path.slice(folder.length), readFileSync(path, 'latin1')]));
}

beforeAll(async () => {
  await ok(['init', original, '--keys', 'root=2']);
  await ok(['delegate', original, 'releases', '--paths', 'releases/*']);
  await ok(['add', original, base.write('x.tgz', 'x'), '--role', 'releases', '--prefix', 'releases']);
  await ok(['publish', original]);
});

interface Case {
  /** What is there before, and what is typed then; DIR is the repository. */
  readonly before?: (dir: string) => Promise<unknown> | unknown;
  readonly typed: readonly string[];
  readonly options?: Parameters<typeof tufa>[1];
  readonly exit: number;
  readonly code: string;
  readonly message: RegExp;
  readonly hint: RegExp;
  /** What a signer who is not missing has signed stays. */
  readonly keeps?: RegExp;
}

const stage = (dir: string) => ok(['add', dir, base.write('a.txt', 'a')]);
const away = (dir: string, name: string): void =>
  renameSync(join(dir, 'keys', name), join(base.path, `${++count}.pem`));

const cases: Record<string, Case> = {
  'a wrong passphrase': {
    before: stage,
    typed: ['publish', 'DIR'],
    options: { env: { TUFA_PASSPHRASE: 'wrong' } },
    exit: 3,
    code: 'ERR_TUF_SIGNER',
    message: /targets-1\.pem cannot be decrypted with this passphrase/,
    hint: /try the passphrase again/,
  },
  'nobody to ask for one': {
    before: stage,
    typed: ['publish', 'DIR', '--no-input'],
    options: { env: {} },
    exit: 2,
    code: 'ERR_TUF_USAGE',
    message: /a passphrase is needed/,
    hint: /set TUFA_PASSPHRASE/,
  },
  'a missing signer': {
    before: async (dir) => {
      await stage(dir);
      away(dir, 'targets-1.pem');
    },
    typed: ['publish', 'DIR'],
    exit: 4,
    code: 'ERR_TUF_REPOSITORY_UNSIGNED',
    message: /^targets: 0 of 1 signatures/,
    hint: /have it signed by one of [0-9a-f]{64}: tufa review .* --to EVENT .*tufa merge/,
  },
  'a missing signer of a threshold': {
    before: async (dir) => {
      await ok(['rotate', dir, 'root', '--threshold', '2']);
      away(dir, 'root-2.pem');
    },
    typed: ['publish', 'DIR'],
    exit: 4,
    code: 'ERR_TUF_REPOSITORY_UNSIGNED',
    message: /^root: 1 of 2 signatures/,
    hint: /tufa sign EVENT --key URI --root ROOT/,
    keeps: /^\/drafts\/root\.json$/,
  },
  'a threshold that a new root cannot meet': {
    typed: ['rotate', 'DIR', 'root', '--threshold', '3'],
    exit: 4,
    code: 'ERR_TUF_REPOSITORY_REFUSED',
    message: /root: a threshold of 3 cannot be met by 2 keys/,
    hint: /add keys, or lower the threshold/,
  },
  'a threshold that a new role cannot meet': {
    typed: ['delegate', 'DIR', 'short', '--paths', 'short/*', '--threshold', '2'],
    exit: 4,
    code: 'ERR_TUF_REPOSITORY_REFUSED',
    message: /short: a threshold of 2 cannot be met by 1 key/,
    hint: /--keys 2/,
  },
  'a draft that expired after it was signed': {
    before: async (dir) => {
      await stage(dir);
      await ok(['sign', dir]);
    },
    typed: ['publish', 'DIR'],
    options: { now: inDays(366) },
    exit: 1,
    code: 'ERR_TUF_EXPIRED',
    message: /targets: the draft of version 3 expired at .*, before it was published/,
    hint: /tufa renew DIR targets/,
  },
  'a draft that somebody overtook': {
    before: async (dir) => {
      await stage(dir);
      cpSync(join(dir, 'drafts/targets.json'), join(dir, 'stale'));
      await ok(['publish', dir]);
      renameSync(join(dir, 'stale'), join(dir, 'drafts/targets.json'));
    },
    typed: ['publish', 'DIR'],
    exit: 4,
    code: 'ERR_TUF_CONFLICT',
    message: /targets: version 3 is staged, and version 3 is published already/,
    hint: /tufa discard DIR targets/,
  },
  'a root that somebody overtook': {
    before: async (dir) => {
      await ok(['renew', dir, 'root'], { now: inMinutes(1) });
      cpSync(join(dir, 'drafts/root.json'), join(dir, 'stale'));
      await ok(['publish', dir]);
      await ok(['renew', dir, 'root'], { now: inDays(1) });
      await ok(['publish', dir]);
      renameSync(join(dir, 'stale'), join(dir, 'drafts/root.json'));
    },
    typed: ['publish', 'DIR'],
    exit: 4,
    code: 'ERR_TUF_CONFLICT',
    message: /root: version 2 is staged, and version 3 is published already/,
    hint: /tufa discard DIR root/,
  },
  'a version that would go backwards': {
    before: async (dir) => {
      cpSync(join(dir, 'public'), join(dir, 'old'), { recursive: true });
      await ok(['timestamp', dir]);
      rmSync(join(dir, 'public'), { recursive: true });
      renameSync(join(dir, 'old'), join(dir, 'public'));
    },
    typed: ['timestamp', 'DIR'],
    exit: 4,
    code: 'ERR_TUF_REPOSITORY_REFUSED',
    message: /timestamp: version 2 is served, and version 3 was published/,
    hint: /bring back the newer files/,
  },
  'a delegation that would orphan targets': {
    before: (dir) => ok(['delegate', dir, 'releases', '--paths', 'other/*']),
    typed: ['publish', 'DIR'],
    exit: 4,
    code: 'ERR_TUF_REPOSITORY_REFUSED',
    message: /targets: 1 targets of releases are found no longer: releases\/x\.tgz/,
    hint: /--lose-targets/,
  },
  'a target path that escapes': {
    typed: ['add', 'DIR', 'FILE', '--prefix', '../up'],
    exit: 4,
    code: 'ERR_TUF_REPOSITORY_REFUSED',
    message: /the target path "\.\.\/up\/file\.txt" has a part/,
    hint: /relative to the targets base URL/,
  },
  'a pattern that escapes': {
    typed: ['delegate', 'DIR', 'up', '--paths', '../*'],
    exit: 4,
    code: 'ERR_TUF_REPOSITORY_REFUSED',
    message: /up: the path pattern "\.\.\/\*" has a part "\." or "\.\."/,
    hint: /a pattern is a path/,
  },
  'a key that a role has already': {
    typed: ['rotate', 'DIR', 'root', '--add', 'DIR/keys/root-1.pem'],
    exit: 4,
    code: 'ERR_TUF_REPOSITORY_REFUSED',
    message: /root: the key [0-9a-f]{64} is listed already/,
    hint: /one key counts once/,
  },
  'a key that a new role is given twice': {
    typed: ['delegate', 'DIR', 'twice', '--paths', 'a', '--key', 'DIR/keys/root-1.pem', 'DIR/keys/root-1.pem'],
    exit: 4,
    code: 'ERR_TUF_REPOSITORY_REFUSED',
    message: /twice: a key is listed twice/,
    hint: /one key counts once/,
  },
  'a key that a new repository is given twice': {
    typed: ['init', 'NEW', '--key', 'root=DIR/keys/root-1.pem', '--key', 'root=DIR/keys/root-1.pem'],
    exit: 4,
    code: 'ERR_TUF_REPOSITORY_REFUSED',
    message: /root: a key is listed twice/,
    hint: /one key counts once/,
  },
  'a file that is not there': {
    typed: ['add', 'DIR', 'FILE', 'DIR/nothing'],
    exit: 3,
    code: 'ERR_TUF_STORE',
    message: /cannot read DIR\/nothing/,
    hint: /there is no such file/,
  },
  'a configuration that cannot be read': {
    before: (dir) => {
      rmSync(join(dir, 'tufa.json'));
      mkdirSync(join(dir, 'tufa.json'));
    },
    typed: ['list', 'DIR'],
    exit: 3,
    code: 'ERR_TUF_STORE',
    message: /there is no repository in DIR/,
    hint: /tufa init DIR/,
  },
  'a draft that cannot be read': {
    before: (dir) => writeFileSync(join(dir, 'drafts/targets.json'), '{'),
    typed: ['publish', 'DIR'],
    exit: 1,
    code: 'ERR_TUF_MALFORMED',
    message: /DIR\/drafts\/targets\.json is no draft of targets/,
    hint: /tufa discard DIR targets/,
  },
  'a root that is no root, for a review': {
    before: (dir) =>
      ok(['renew', dir, 'root'], { now: inMinutes(1) }).then(() =>
        ok(['review', dir, '--to', join(dir, 'event.json')]),
      ),
    typed: ['review', 'DIR/event.json', '--root', 'FILE'],
    exit: 1,
    code: 'ERR_TUF_MALFORMED',
    message: /file\.txt is no root that can be trusted: /,
    hint: /name the file of a root/,
  },
  'a root that is no root, for a signature': {
    before: (dir) =>
      ok(['renew', dir, 'root'], { now: inMinutes(1) }).then(() =>
        ok(['review', dir, '--to', join(dir, 'event.json')]),
      ),
    typed: ['sign', 'DIR/event.json', '--key', 'DIR/keys/root-1.pem', '--root', 'DIR/public/metadata/timestamp.json'],
    exit: 1,
    code: 'ERR_TUF_WRONG_TYPE',
    message: /timestamp\.json is no root that can be trusted: .*"timestamp"/,
    hint: /name the file of a root/,
  },
  'a root that is no root, for a client': {
    typed: ['refresh', 'http://127.0.0.1:9/metadata', '--root', 'FILE', '--store', 'NEW'],
    exit: 1,
    code: 'ERR_TUF_MALFORMED',
    message: /file\.txt is no root that can be trusted/,
    hint: /the one that ships with the application/,
  },
  'a root that is no root, for a question': {
    typed: ['explain', 'DIR', 'x', '--root', 'DIR/tufa.json'],
    exit: 1,
    code: 'ERR_TUF_MALFORMED',
    message: /tufa\.json is no root that can be trusted/,
    hint: /public\/metadata\/1\.root\.json/,
  },
  'a root that is no root, for a repository that is taken over': {
    typed: ['import', 'NEW', '--from', 'DIR/public', '--root', 'FILE'],
    exit: 1,
    code: 'ERR_TUF_MALFORMED',
    message: /file\.txt is no root that can be trusted/,
    hint: /name the file of a root/,
  },
  'a root that is not there': {
    typed: ['refresh', 'http://127.0.0.1:9/metadata', '--root', 'DIR/nothing', '--store', 'NEW'],
    exit: 3,
    code: 'ERR_TUF_STORE',
    message: /cannot read DIR\/nothing/,
    hint: /there is no such file/,
  },
  'a key file that is none': {
    typed: ['key', 'import', 'DIR', 'FILE'],
    exit: 3,
    code: 'ERR_TUF_SIGNER',
    message: /is not a private key in PEM form/,
    hint: /give a private key as PEM/,
  },
  'an event that is none': {
    typed: ['merge', 'DIR', 'FILE'],
    exit: 1,
    code: 'ERR_TUF_MALFORMED',
    message: /file\.txt is no event/,
    hint: /name a file that tufa review --to wrote/,
  },
};

describe('bad input', () => {
  it.each(Object.entries(cases))('%s', async (_, { before, typed, options, exit, code, message, hint, keeps }) => {
    const dir = copy();
    const file = base.write('file.txt', 'some text');
    await before?.(dir);
    const was = everythingIn(dir);
    const fresh = join(base.path, 'new');
    const args = typed.map((arg) =>
      arg
        .replace('DIR', dir)
        .replace('NEW', fresh)
        .replace(/^FILE$/, file),
    );
    const { json } = await fails(args, exit, code, options);
    const plain = (text: string): string => text.replaceAll(dir, 'DIR');
    expect(plain(json.error.message)).toMatch(message);
    expect(plain(json.error.hint)).toMatch(hint);
    const now = everythingIn(dir);
    const changed = [...new Set([...Object.keys(was), ...Object.keys(now)])].filter((name) => was[name] !== now[name]);
    expect(changed.filter((name) => keeps?.test(name) !== true)).toEqual([]);
    expect(existsSync(fresh)).toBe(false);
  });

  it('is done all the same where that is meant', async () => {
    const dir = copy();
    const { keys } = await ok(['delegate', dir, 'releases', '--paths', 'other/*']);
    // The delegation is another, its keys are the same.
    const { roles } = await ok(['key', 'list', dir]);
    expect(roles.at(-1).keys.map(({ keyid }: { keyid: string }) => keyid)).toEqual(
      keys.map(({ keyid }: { keyid: string }) => keyid),
    );
    await ok(['publish', dir, '--lose-targets']);
    expect((await tufa(['status', dir])).exitCode).toBe(0);
  });
});
