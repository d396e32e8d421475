import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import type { CanonicalForm } from '../../src/metadata/canonical-json.ts';
import { parseRoot } from '../../src/metadata/root.ts';
import { checkKeyids } from '../../src/trust/arbitrary-software.ts';
import { topLevelAuthority } from '../../src/trust/authority.ts';
import type { TrustQuestion } from '../../src/trust/question.ts';
import { trustPinnedRoot } from '../../src/trust/trusted.ts';
import { SimKey } from '../simulator/key.ts';
import { olpc } from '../simulator/olpc.ts';
import { type Doc, Simulator } from '../simulator/simulator.ts';
import { eventsIn, prove } from './prove.ts';

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A root whose timestamp key is listed under a keyid, as it is or changed. */
function rootWith(keyid: string, key: Doc): Uint8Array {
  const simulator = new Simulator({ layout: 'indented' });
  const [own] = simulator.keys.get('timestamp') as [SimKey];
  delete simulator.root.keys[own.keyid];
  simulator.root.keys[keyid] = key;
  simulator.root.roles.timestamp.keyids = [keyid];
  return simulator.signed(simulator.root, simulator.keys.get('root') ?? []);
}

const { key } = new SimKey('timestamp');
const more = { ...key, keyid_hash_algorithms: ['sha256', 'sha512'], 'x-tuf-on-ci-keyowner': '@someone' };

function outcome(bytes: Uint8Array, profile: 'default' | 'strict') {
  const log: TrustQuestion[] = [];
  try {
    prove(trustPinnedRoot(bytes, { profile }), log);
    return { events: eventsIn(log), refusal: undefined };
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    return { events: eventsIn(log), refusal: { code: error.code, ...error.evidence } };
  }
}

describe('a keyid', () => {
  it.each([
    ['the three standard members', key],
    ['members that nobody knows', more],
    ['members inside keyval', { ...key, keyval: { ...(key['keyval'] as object), private: '' } }],
    ['members in another order', Object.fromEntries(Object.entries(more).reverse())],
  ])('[A-03, 4.2.1-b] is the hash of the whole key object, with %s', (_, object) => {
    const bytes = rootWith(sha256(olpc(object)), object);
    for (const profile of ['default', 'strict'] as const) {
      expect(outcome(bytes, profile)).toEqual({ events: [], refusal: undefined });
    }
    if (object === key) return;
    // The hash of the standard members alone is not the keyid of the larger object.
    expect(outcome(rootWith(sha256(olpc(key)), more), 'default').events).toHaveLength(1);
  });

  it.each(['00'.repeat(32), 'my-key', '', '__proto__', '10'])(
    '[A-02, 4.2.1-b, 4.3-g] that is not the hash, as %j, is reported by default and refused under strict (SIG-13, J14)',
    (keyid) => {
      const object = JSON.parse(`{${JSON.stringify(keyid)}:0}`) as Record<string, unknown>;
      const listed = Object.keys(object)[0] as string;
      const mismatch = { role: 'root', keyid: listed, computed: sha256(olpc(key)) };
      // `__proto__` as a member has to be defined; assignment would set the prototype.
      const simulator = new Simulator();
      const [own] = simulator.keys.get('timestamp') as [SimKey];
      delete simulator.root.keys[own.keyid];
      Object.defineProperty(simulator.root.keys, listed, { value: key, enumerable: true });
      simulator.root.roles.timestamp.keyids = [listed];
      const bytes = simulator.signed(simulator.root, simulator.keys.get('root') ?? []);
      expect(outcome(bytes, 'default')).toEqual({
        events: [{ type: 'keyid-mismatch', ...mismatch }],
        refusal: undefined,
      });
      expect(outcome(bytes, 'strict')).toEqual({
        events: [],
        refusal: { code: 'ERR_TUF_KEYID_MISMATCH', ...mismatch },
      });
    },
  );

  it('[4.3-g] is held against the key wherever the root lists it, also where no role uses it', () => {
    const simulator = new Simulator();
    simulator.root.keys['unused'] = key;
    const bytes = simulator.signed(simulator.root, simulator.keys.get('root') ?? []);
    expect(outcome(bytes, 'default').events).toMatchObject([{ type: 'keyid-mismatch', keyid: 'unused' }]);
    expect(outcome(bytes, 'strict').refusal).toMatchObject({ code: 'ERR_TUF_KEYID_MISMATCH', keyid: 'unused' });
  });

  it('[A-03] is computed in the canonical form of the repository', () => {
    const pem = { keytype: 'x', scheme: 'y', keyval: { public: 'a\nb' } };
    const ids: Record<CanonicalForm, string> = {
      olpc: sha256(olpc(pem)),
      rfc8785: sha256(canonicalize(pem) as string),
    };
    expect(ids.olpc).not.toBe(ids.rfc8785);
    for (const form of ['olpc', 'rfc8785'] as const) {
      for (const [listed, keyid] of Object.entries(ids)) {
        const root = parseRoot(rootWith(keyid, pem), { canonicalForm: form });
        const log: TrustQuestion[] = [];
        prove(checkKeyids(topLevelAuthority(root, 'timestamp'), root, false), log);
        expect(eventsIn(log)).toHaveLength(listed === form ? 0 : 1);
      }
    }
  });

  it('[A-07] without a key is nobody’s mismatch', () => {
    const simulator = new Simulator();
    simulator.root.roles.timestamp.keyids.push('absent');
    const bytes = simulator.signed(simulator.root, simulator.keys.get('root') ?? []);
    expect(outcome(bytes, 'strict')).toEqual({ events: [], refusal: undefined });
  });
});
