/** Faults of the delegation graph, and of names. */
import { createHash } from 'node:crypto';
import { type Draft, type Fault, prefixed, type Signed, targetsOf } from './planted.ts';

/** Delegates from targets to succinct bins, all of which are published. */
const bins = (draft: Draft, bitLength: number): void => {
  const keyids = draft.keys.team.map(({ keyid }) => keyid);
  const keys = Object.fromEntries(draft.keys.team.map(({ keyid, key }) => [keyid, key]));
  const succinct = { keyids, threshold: 2, bit_length: bitLength, name_prefix: 'bin' };
  draft.roles['targets'].delegations = { keys, succinct_roles: succinct };
  for (let i = 0; i < 2 ** bitLength; i += 1) draft.roles[`bin-${i.toString(16)}`] = targetsOf({});
};

const binOf = (path: string): string => {
  const digest = createHash('sha256').update(path).digest();
  return `bin-${((digest[0] as number) >> 6).toString(16)}`;
};

const put = (draft: Draft, role: string, files: Record<string, string>): void => {
  draft.roles[role] = targetsOf(files);
  Object.assign(draft.files, files);
};

/** Lists a channel by hand, in a role. */
const point = (draft: Draft, role: string, name: string, channel: unknown): void => {
  const path = `channels/${name}`;
  draft.files[path] = 'by hand';
  const { targets } = targetsOf({ [path]: 'by hand' });
  targets[path].custom = { 'tufa-channel': channel };
  Object.assign(draft.roles[role].targets, targets);
};

export const graphFaults: readonly Fault[] = [
  {
    codes: ['channel-broken'],
    what: 'names a target that is listed nowhere',
    plant: (draft) => {
      point(draft, 'targets', 'stable', { target: 'a.txt' });
      point(draft, 'targets', 'beta', { target: 'none.txt' });
    },
    text: /^the channel beta names "none\.txt", which no client finds$/,
  },
  {
    codes: ['channel-broken', 'target-unreachable'],
    what: 'names a target where no client looks for it',
    plant: (draft) => {
      draft.delegate('targets', 'team', { paths: ['channels/*'] }, { 'b.txt': 'second' });
      point(draft, 'team', 'beta', { target: 'b.txt' });
      point(draft, 'team', 'stable', { target: 'a.txt' });
    },
    text: /^the channel beta names "b\.txt"/,
  },
  {
    codes: ['channel-broken'],
    what: 'of another form',
    plant: (draft) => point(draft, 'targets', 'stable', 'a.txt'),
    text: /^the channel stable is of no form that clients read$/,
  },
  {
    codes: ['role-unpublished'],
    what: 'a role that never came',
    plant: (draft) => {
      draft.delegate('targets', 'team', { paths: ['team/*'] });
      delete draft.roles['team'];
    },
  },
  {
    codes: ['role-unpublished'],
    what: 'one of four bins',
    plant: (draft) => {
      bins(draft, 2);
      delete draft.roles['bin-2'];
    },
    text: /^1 of 4 bins that targets delegates to is not published: bin-2$/,
  },
  {
    codes: ['role-unpublished', 'document-refused'],
    what: 'one of four bins of a document that strict clients refuse',
    plant: (draft) => {
      bins(draft, 2);
      delete draft.roles['bin-2'];
      draft.roles['targets'].targets['a.txt'].custom = 'no object';
    },
    text: /^1 of 4 bins/,
  },
  {
    codes: ['role-orphaned'],
    what: 'a role of nobody',
    plant: (draft) => {
      put(draft, 'stray', { 'stray.txt': 'x' });
    },
    text: /^no role delegates to stray: 1 target that only they list: stray\.txt$/,
  },
  {
    codes: ['role-orphaned', 'target-unreachable'],
    what: 'a role of nobody, whose target another role lists that may not',
    plant: (draft) => {
      put(draft, 'stray', { 'stray.txt': 'x' });
      draft.delegate('targets', 'mallory', { paths: ['m*'] });
      put(draft, 'mallory', { 'stray.txt': 'other' });
    },
    text: /^no role delegates to stray: 1 target that only they list: stray\.txt$/,
  },
  {
    codes: ['role-left-over'],
    what: 'bins that were given up, with their older versions and files',
    plant: (draft) => {
      for (const role of ['bin-0', 'bin-1']) draft.roles[role] = { ...targetsOf({}), version: 2 };
      Object.assign(draft.roles['bin-0'].targets, targetsOf({ 'a.txt': 'before' }).targets);
    },
    after: (files) => {
      files.set('metadata/1.bin-0.json', files.get('metadata/2.bin-0.json') as Uint8Array);
      files.set(`targets/${prefixed('a.txt', 'before')}`, new Uint8Array(Buffer.from('before')));
    },
    text: /^no role delegates to bin-0, bin-1$/,
  },
  {
    codes: ['delegation-cycle', 'delegation-diamond'],
    what: 'two roles that delegate to each other',
    plant: (draft) => {
      draft.delegate('targets', 'a', { paths: ['x/*'] });
      draft.delegate('a', 'b', { paths: ['x/*'] });
      draft.delegate('b', 'a', { paths: ['x/*'] });
    },
    text: /^a → b → a$/,
  },
  {
    codes: ['delegation-diamond'],
    what: 'two ways to one role',
    plant: (draft) => {
      draft.delegate('targets', 'a', { paths: ['a/*'] });
      draft.delegate('targets', 'b', { paths: ['b/*'] });
      draft.delegate('a', 'c', { paths: ['a/*'] });
      draft.delegate('b', 'c', { paths: ['b/*'] });
    },
    text: /^a, b delegate to c$/,
  },
  {
    codes: ['delegation-overlap'],
    what: 'patterns',
    plant: (draft) => {
      draft.delegate('targets', 'a', { paths: ['x/*'] });
      draft.delegate('targets', 'b', { paths: ['x/y?'] });
    },
    text: /^a is asked before b$/,
  },
  {
    codes: ['delegation-overlap'],
    what: 'prefixes of digests',
    plant: (draft) => {
      draft.delegate('targets', 'a', { path_hash_prefixes: ['0a', '1'] });
      draft.delegate('targets', 'b', { path_hash_prefixes: ['0'] });
    },
  },
  {
    codes: ['delegation-blocked'],
    what: 'by a wider pattern',
    plant: (draft) => {
      draft.delegate('targets', 'a', { paths: ['x/*'], terminating: true });
      draft.delegate('targets', 'b', { paths: ['x/y?', 'x/z'] });
    },
    text: /^b is never asked/,
  },
  {
    codes: ['delegation-blocked'],
    what: 'by a shorter prefix',
    plant: (draft) => {
      draft.delegate('targets', 'a', { path_hash_prefixes: ['0'], terminating: true });
      draft.delegate('targets', 'b', { path_hash_prefixes: ['0a', '0b'] });
    },
  },
  {
    codes: ['delegation-empty'],
    what: 'no pattern',
    plant: (draft) => {
      draft.delegate('targets', 'team', { paths: [] });
    },
  },
  {
    codes: ['target-unreachable'],
    what: 'a path outside of what the role is trusted with',
    plant: (draft) => {
      draft.delegate('targets', 'team', { paths: ['team/*'] }, { 'other/a.txt': 'a', 'team/b.txt': 'b' });
    },
    text: /^1 target of team found by no client: .*: other\/a\.txt$/,
  },
  {
    codes: ['target-unreachable', 'role-unpublished', 'delegation-overlap'],
    what: 'behind a role that is not published',
    plant: (draft) => {
      draft.delegate('targets', 'gone', { paths: ['team/*'] });
      delete draft.roles['gone'];
      draft.delegate('targets', 'team', { paths: ['team/*'] }, { 'team/b.txt': 'b' });
    },
    text: /the search fails at gone/,
  },
  {
    codes: ['target-unreachable'],
    what: 'behind more roles than clients visit',
    plant: (draft) => {
      let from = 'targets';
      for (let i = 0; i < 33; i += 1) {
        draft.delegate(from, `r${i}`, { paths: ['x'] }, i === 32 ? { x: 'x' } : {});
        from = `r${i}`;
      }
    },
    text: /not found within 32 delegated roles/,
  },
  {
    codes: ['target-unreachable'],
    what: 'in the wrong bin',
    plant: (draft) => {
      bins(draft, 2);
      const other = ['bin-0', 'bin-1'].find((name) => name !== binOf('x')) as string;
      put(draft, binOf('y'), { y: 'y' });
      put(draft, other, { ...(other === binOf('y') ? { y: 'y' } : {}), x: 'x' });
    },
    text: /: x$/,
  },
  {
    codes: ['target-shadowed'],
    what: 'by the delegator',
    plant: (draft) => {
      draft.delegate('targets', 'team', { paths: ['a.txt'] }, { 'a.txt': 'first' });
    },
    text: /found at targets first, with the same content: a\.txt$/,
  },
  {
    codes: ['role-name-risky'],
    what: 'a blank',
    plant: (draft) => {
      draft.delegate('targets', 'the team', { paths: ['team/*'] });
    },
    text: /escape such a role name differently/,
  },
  {
    codes: ['role-name-risky'],
    what: 'like a version',
    plant: (draft) => {
      draft.delegate('targets', '2.team', { paths: ['team/*'] });
    },
    text: /begins like the version of another file/,
  },
  {
    codes: ['role-name-risky'],
    what: 'a number',
    plant: (draft) => {
      draft.delegate('targets', '10', { paths: ['team/*'] });
    },
    text: /change their order/,
  },
  {
    codes: ['target-path-risky'],
    what: 'a hash sign',
    plant: (draft) => put(draft, 'targets', { 'a.txt': 'first', 'a#b.txt': 'b' }),
    text: /^a#b\.txt: /,
  },
  {
    codes: ['target-path-risky'],
    what: 'a way up',
    plant: (draft) => {
      const { targets } = targetsOf({ '../up.txt': 'up' });
      Object.assign(draft.roles['targets'].targets, targets);
    },
    text: /has a part "\." or "\.\."/,
  },
  {
    codes: ['pattern-risky'],
    what: 'two stars',
    plant: (draft) => {
      draft.delegate('targets', 'team', { paths: ['team/**'] });
    },
    text: /holds \*\*/,
  },
  {
    codes: ['hash-prefix-risky'],
    what: 'upper case',
    plant: (draft) => {
      draft.delegate('targets', 'team', { path_hash_prefixes: ['AB'] });
    },
  },
  {
    codes: ['terminating-missing'],
    what: 'left out',
    plant: (draft) => {
      const delegated: Signed = draft.delegate('targets', 'team', { paths: ['team/*'] });
      delete delegated.terminating;
    },
    text: /^team$/,
  },
  {
    codes: ['bound-met'],
    what: 'patterns without end',
    plant: (draft) => {
      for (let i = 0; i < 40; i += 1) draft.delegate('targets', `r${i}`, { paths: [`${'*a'.repeat(20)}${i}`] });
    },
    options: { bounds: { steps: 10_000 } },
    text: /too many delegations/,
  },
];
