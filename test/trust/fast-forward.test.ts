import { describe, expect, it } from 'vitest';
import type { Signed } from '../../src/metadata/document.ts';
import { parseRoot, type Root } from '../../src/metadata/root.ts';
import { keyWasRemoved } from '../../src/trust/fast-forward.ts';
import { SimKey } from '../simulator/key.ts';
import { type Doc, Simulator } from '../simulator/simulator.ts';
import { prove } from './prove.ts';

const [a, b, c] = ['a', 'b', 'c'].map((name) => new SimKey(name)) as [SimKey, SimKey, SimKey];

const unusable = new SimKey('unusable');
Object.assign(unusable.key, { scheme: 'x' });

/** A root whose timestamp role lists these keys. */
function root(keys: readonly SimKey[], change: (root: Doc) => void = () => {}): Signed<Root> {
  const simulator = new Simulator();
  simulator.trustKeys('timestamp', keys);
  change(simulator.root);
  return parseRoot(simulator.signed(simulator.root, []));
}

describe('a key that was removed', () => {
  it.each<[string, Signed<Root>, Signed<Root>, boolean]>([
    ['nothing changed', root([a, b]), root([a, b]), false],
    ['a key was added', root([a]), root([a, b]), false],
    ['the keys were reordered', root([a, b]), root([b, a]), false],
    ['a key was removed', root([a, b]), root([a]), true],
    ['a key was replaced', root([a]), root([b]), true],
    ['all keys were removed', root([a]), root([]), true],
    ['a key got another keyid', root([a]), root([new SimKey('a', 'other')]), false],
    ['a keyid got another key (B13)', root([new SimKey('a', 'x')]), root([new SimKey('b', 'x')]), true],
    ['the threshold changed', root([a, b]), root([a, b], (doc) => (doc.roles.timestamp.threshold = 2)), false],
    ['a keyid stayed and its key went', root([a]), root([a], (doc) => delete doc.keys[a.keyid]), true],
    ['a key became unusable', root([a]), root([a], (doc) => (doc.keys[a.keyid] = { ...a.key, scheme: 'x' })), true],
    ['a keyid without a key was removed', root([a], (doc) => doc.roles.timestamp.keyids.push('x')), root([a]), false],
    ['a key that cannot be used was removed', root([a, unusable]), root([a]), false],
    ['another role lost a key', root([a]), root([a], (doc) => (doc.roles.snapshot.keyids = [])), false],
    ['a key moved to another role', root([a, c]), root([a], (doc) => (doc.roles.snapshot.keyids = [c.keyid])), true],
  ])('[5.3.11, A-18] %s', (_, before, after, removed) => {
    expect(prove(keyWasRemoved(before, after, 'timestamp'))).toBe(removed);
  });
});
