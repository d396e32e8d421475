import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import { parseTargets } from '../../src/metadata/targets.ts';
import { checkKeyids } from '../../src/trust/arbitrary-software.ts';
import { delegatedAuthority, topLevelAuthority } from '../../src/trust/authority.ts';
import type { TrustQuestion } from '../../src/trust/question.ts';
import {
  type TrustContext,
  trustPinnedRoot,
  trustSnapshot,
  trustTargets,
  trustTimestamp,
} from '../../src/trust/trusted.ts';
import { Simulator } from '../simulator/simulator.ts';
import { eventsIn, prove } from './prove.ts';

/** A repository in which targets delegate to `one`, whose key stands under a keyid of its own choice. */
function delegating(keyid?: string) {
  const simulator = new Simulator();
  simulator.delegate('targets', 'one');
  const [key] = simulator.keys.get('one') ?? [];
  if (key === undefined) throw new TypeError('the simulator gives each role a key');
  const { delegations } = simulator.targets;
  const listed = keyid ?? key.keyid;
  delegations.keys = { [listed]: key.key };
  delegations.roles[0].keyids = [listed];
  simulator.publishTargets();
  return { simulator, signer: { keyid: listed, sign: (message: Uint8Array) => key.sign(message) } };
}

describe('a delegated role', () => {
  it('[4.3-h, A-45] is trusted by the keys of its delegator, as many as that requires', () => {
    const { simulator, signer } = delegating();
    const targets = parseTargets(simulator.signed(simulator.targets, []));
    const [role] = targets.signed.delegations?.roles ?? [];
    if (role === undefined) throw new TypeError('one role is delegated to');
    const authority = delegatedAuthority(targets, role);
    expect(authority).toEqual({
      role: 'one',
      delegator: 'targets',
      keyids: [signer.keyid],
      threshold: 1,
      keys: targets.signed.delegations?.keys,
    });
    const { delegations: _, ...alone } = simulator.targets;
    const nobody = parseTargets(simulator.signed(alone, []));
    expect(delegatedAuthority(nobody, role)).toEqual({ ...authority, keys: new Map() });
  });

  it.each<[strict: boolean, keyid: string | undefined, code: string | undefined, events: number]>([
    [false, undefined, undefined, 0],
    [true, undefined, undefined, 0],
    [false, 'chosen', undefined, 1],
    [true, 'chosen', 'ERR_TUF_KEYID_MISMATCH', 0],
  ])('[4.3-g, A-02, A-03] has its keyids judged: strict %j, keyid %j', (strict, keyid, code, events) => {
    const { simulator, signer } = delegating(keyid);
    const file = simulator.signed({ ...simulator.delegated.get('one') }, [signer as never]);
    const context: TrustContext = {
      time: { milliseconds: simulator.time, nanoseconds: 0 },
      profile: strict ? 'strict' : 'default',
    };
    const root = prove(trustPinnedRoot(simulator.bytes('metadata/1.root.json'), context));
    const timestamp = prove(trustTimestamp(root, simulator.bytes('metadata/timestamp.json'), undefined, context));
    const { version } = simulator.snapshot;
    const listing = simulator.bytes(`metadata/${version}.snapshot.json`);
    const snapshot = prove(trustSnapshot(root, timestamp, listing, undefined, context));
    const targets = parseTargets(simulator.signed(simulator.targets, []));
    const [role] = targets.signed.delegations?.roles ?? [];
    const log: TrustQuestion[] = [];
    let found: string | undefined;
    try {
      prove(trustTargets(delegatedAuthority(targets, role as never), snapshot, file, context), log);
    } catch (error) {
      if (!(error instanceof TufError)) throw error;
      found = error.code;
    }
    expect(found).toBe(code);
    expect(eventsIn(log)).toHaveLength(events);
  });
});

describe('keyids', () => {
  const { simulator } = delegating();
  simulator.root.keys['chosen'] = simulator.keys.get('timestamp')?.[0]?.key;
  simulator.root.roles.timestamp.keyids = ['absent', 'chosen'];
  const bytes = simulator.signed(simulator.root, simulator.keys.get('root') ?? []);

  it('[A-07] of keys that are not there are passed over', () => {
    const root = prove(trustPinnedRoot(bytes, {}));
    const log: TrustQuestion[] = [];
    prove(checkKeyids(topLevelAuthority(root, 'timestamp'), root, false), log);
    expect(eventsIn(log)).toMatchObject([{ type: 'keyid-mismatch', role: 'timestamp', keyid: 'chosen' }]);
  });

  it('[A-02] are not computed where nobody hears of them, and always under strict', () => {
    const log: TrustQuestion[] = [];
    prove(trustPinnedRoot(bytes, { reportKeyids: false }), log);
    expect(log.map(({ kind }) => kind)).toEqual(['verify']);
    expect(() => prove(trustPinnedRoot(bytes, { reportKeyids: false, profile: 'strict' }))).toThrow(
      expect.objectContaining({ code: 'ERR_TUF_KEYID_MISMATCH' }),
    );
  });
});
