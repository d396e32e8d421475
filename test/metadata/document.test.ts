import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import type { CanonicalForm } from '../../src/metadata/canonical-json.ts';
import { type DocumentHead, type Profile, type ReadOptions, Signed } from '../../src/metadata/document.ts';
import { type ParsePublicKey, parsePublicKey } from '../../src/metadata/public-key.ts';
import { parseRoot } from '../../src/metadata/root.ts';
import { parseSnapshot, parseTimestamp } from '../../src/metadata/snapshot.ts';
import { parseTargets } from '../../src/metadata/targets.ts';
import { checkThreshold } from '../../src/trust/arbitrary-software.ts';
import { topLevelAuthority } from '../../src/trust/authority.ts';
import type { SimKey } from '../simulator/key.ts';
import { olpc } from '../simulator/olpc.ts';
import { Simulator } from '../simulator/simulator.ts';
import { prove } from '../trust/prove.ts';
import { Members, mapsOf, mutated, object, plainOf, spell, spelling, type Tree, tree, utf8 } from './json-texts.ts';

type Read = (bytes: Uint8Array, options?: ReadOptions) => Signed<DocumentHead>;

const simulator = new Simulator({ hashes: true });
simulator.delegate('targets', 'packages', { paths: ['p/*'] });
simulator.publishTargets();
const root = parseRoot(simulator.bytes('metadata/1.root.json'));
const authority = topLevelAuthority(root, 'timestamp');
const [timestampKey] = simulator.keys.get('timestamp') as [SimKey];

const readers: [name: string, read: Read, bytes: Uint8Array][] = [
  ['root', parseRoot, root.bytes],
  ['timestamp', parseTimestamp, simulator.bytes('metadata/timestamp.json')],
  ['snapshot', parseSnapshot, simulator.bytes('metadata/2.snapshot.json')],
  ['targets', (bytes, options) => parseTargets(bytes, 'targets', options), simulator.bytes('metadata/2.targets.json')],
  [
    'packages',
    (bytes, options) => parseTargets(bytes, 'packages', options),
    simulator.bytes('metadata/1.packages.json'),
  ],
];

/** `signed` of a timestamp with any unrecognised members, in any order. */
const signed = fc.tuple(object, fc.nat()).map(([more, seed]) => {
  const own: (readonly [string, Tree])[] = [
    ['_type', 'timestamp'],
    ['expires', '2031-01-01T00:00:00Z'],
    [
      'meta',
      new Members([
        [
          'snapshot.json',
          new Members([
            ['version', 1],
            ...more.list.filter(([n]) => n !== 'version' && n !== 'length' && n !== 'hashes'),
          ]),
        ],
      ]),
    ],
    ['spec_version', '1.0.34'],
    ['version', 1 + (seed % 1000)],
  ];
  const rest = more.list.filter(([name]) => !own.some(([taken]) => taken === name));
  return new Members(seed % 2 === 0 ? [...own, ...rest] : [...rest, ...own]);
});

const message = (value: Tree, form: CanonicalForm): Uint8Array =>
  form === 'olpc' ? new Uint8Array(olpc(plainOf(value))) : utf8(canonicalize(plainOf(value)) as string);

function envelope(value: Tree, form: CanonicalForm, signedFirst: boolean, more: Members): Members {
  const { keyid } = timestampKey;
  const signatures = [
    new Members([
      ['sig', timestampKey.sign(message(value, form))],
      ['keyid', keyid],
    ]),
  ];
  const members: (readonly [string, Tree])[] = [
    ['signatures', signatures],
    ['signed', value],
    ...more.list.filter(([name]) => name !== 'signed' && name !== 'signatures'),
  ];
  return new Members(signedFirst ? members.reverse() : members);
}

const isValid = (document: Signed<DocumentHead>): boolean => {
  try {
    prove(checkThreshold(authority, document));
    return true;
  } catch (error) {
    if (error instanceof TufError && error.code === 'ERR_TUF_UNSIGNED') return false;
    throw error;
  }
};

describe('what signatures cover', () => {
  it.each(['olpc', 'rfc8785'] as const)(
    '[A-01, 4-a, 4-b] under %s is one message and one verdict for one value, in place or not, in every spelling',
    (form) => {
      let [inPlace, elsewhere] = [0, 0];
      fc.assert(
        fc.property(signed, spelling, fc.boolean(), object, fc.boolean(), (value, how, first, more, compact) => {
          const whole = envelope(value, form, first, more);
          const text = spell(whole, how);
          const canonical = Buffer.from(message(value, form)).toString();
          // The canonical bytes themselves, where they are JSON at all.
          const isJson = [...canonical].every((character) => character >= ' ');
          const bytes = utf8(compact && isJson ? spell(whole).replace(spell(value), () => canonical) : text);
          const document = parseTimestamp(bytes, { canonicalForm: form });
          expect(Buffer.compare(document.message(), message(value, form))).toBe(0);
          expect(isValid(document)).toBe(true);
          if (document.inPlace) inPlace += 1;
          else elsewhere += 1;
          if (document.inPlace) expect(Buffer.compare(document.signedBytes(), document.message())).toBe(0);
          // The same bytes under the other form are a document of another message, unless the two forms agree.
          const other = form === 'olpc' ? 'rfc8785' : 'olpc';
          const agree = Buffer.compare(message(value, 'olpc'), message(value, 'rfc8785')) === 0;
          expect(isValid(parseTimestamp(bytes, { canonicalForm: other }))).toBe(agree);
        }),
        { numRuns: 600 },
      );
      expect([inPlace > 10, elsewhere > 10]).toEqual([true, true]);
    },
  );

  it('[4-a] is every member: any change of the value changes the verdict', () => {
    fc.assert(
      fc.property(signed, object, spelling, fc.nat(), tree, (value, more, how, at, other) => {
        const whole = envelope(value, 'olpc', true, more);
        const index = at % value.list.length;
        const changed = new Members(value.list.map(([name, item], i) => [name, i === index ? other : item] as const));
        const bytes = utf8(
          spell(
            new Members(whole.list.map(([name, item]) => [name, name === 'signed' ? changed : item] as const)),
            how,
          ),
        );
        let document: Signed<DocumentHead>;
        try {
          document = parseTimestamp(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(TufError);
          return;
        }
        const same = Buffer.compare(message(value, 'olpc'), message(changed, 'olpc')) === 0;
        expect(isValid(document)).toBe(same);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a document', () => {
  it('[4-b] keeps its bytes, its unrecognised members and their order', () => {
    fc.assert(
      fc.property(signed, spelling, object, (value, how, more) => {
        const whole = envelope(value, 'olpc', false, more);
        const bytes = utf8(spell(whole, { ...how, shuffle: false }));
        const document = parseTimestamp(bytes);
        expect(document.bytes).toBe(bytes);
        expect([...document.json().keys()]).toEqual(whole.list.map(([name]) => name));
        expect(document.json()).toEqual(mapsOf(whole));
        expect(document.signedJson()).toEqual(mapsOf(value));
        expect([...document.signedJson().keys()]).toEqual(value.list.map(([name]) => name));
        expect(document.message()).toBe(document.message());
      }),
      { numRuns: 200 },
    );
  });

  it('[4.2.1-a, A-32] of any role needs each of its members, of its type, and null is none', () => {
    for (const [role, read, bytes] of readers) {
      const text = Buffer.from(bytes).toString();
      expect(read(bytes).role).toBe(role);
      const document = JSON.parse(text) as { signed: Record<string, unknown> };
      for (const member of Object.keys(document.signed)) {
        const optional = member === 'delegations' || member === 'consistent_snapshot';
        for (const value of [undefined, null]) {
          const changed = JSON.stringify({ ...document, signed: { ...document.signed, [member]: value } });
          const outcome = outcomeOf(() => read(utf8(changed)));
          const pointer = value === null ? `/signed/${member}` : outcome === 'read' ? undefined : expect.any(String);
          if (value === undefined && optional) expect(outcome).toBe('read');
          else
            expect(outcome, `${role} ${member}`).toMatchObject({
              code: 'ERR_TUF_MALFORMED',
              role,
              evidence: { pointer },
            });
        }
      }
    }
  });

  it('[A-23, 4.3-a] of another role says what it is, wherever its schema breaks first', () => {
    for (const [role, read] of readers) {
      for (const [other, , bytes] of readers) {
        const expected = role === 'packages' ? 'targets' : role;
        const found = other === 'packages' ? 'targets' : other;
        if (expected === found) continue;
        expect(outcomeOf(() => read(bytes))).toMatchObject({
          code: 'ERR_TUF_WRONG_TYPE',
          evidence: { role, expected, found },
        });
      }
    }
  });

  it('[4.3-b, A-31] of another major version says so, although nothing else in it is known', () => {
    const bytes = utf8('{"signatures":[],"signed":{"_type":"timestamp","spec_version":"2.0.0","meta":[]}}');
    expect(outcomeOf(() => parseTimestamp(bytes))).toMatchObject({
      code: 'ERR_TUF_SPEC_VERSION',
      evidence: { role: 'timestamp', found: '2.0.0' },
    });
  });

  it.each<[signed: string, code: string, more: object]>([
    ['{"expires":0,"_type":"snapshot","spec_version":"1.0.34"}', 'WRONG_TYPE', { found: 'snapshot' }],
    ['{"expires":0,"spec_version":"2.0.0","_type":"snapshot"}', 'WRONG_TYPE', { found: 'snapshot' }],
    ['{"expires":0,"_type":"timestamp","spec_version":"2.0.0"}', 'SPEC_VERSION', { found: '2.0.0' }],
    ['{"expires":0,"_type":"snapshot"}', 'WRONG_TYPE', { found: 'snapshot' }],
    ['{"expires":0,"spec_version":"2.0.0"}', 'SPEC_VERSION', { found: '2.0.0' }],
    ['{"expires":0,"_type":[],"spec_version":"2.0.0"}', 'SPEC_VERSION', { found: '2.0.0' }],
    ['{"expires":0,"_type":"snapshot","spec_version":2}', 'WRONG_TYPE', { found: 'snapshot' }],
    ['{"expires":0,"_type":"timestamp","spec_version":2}', 'MALFORMED', { pointer: '/signed/expires' }],
    ['{"expires":0,"_type":"timestamp","spec_version":"1.0.34"}', 'MALFORMED', { pointer: '/signed/expires' }],
    ['{"expires":0}', 'MALFORMED', { pointer: '/signed/expires' }],
    ['{"expires":0,"_type":"snapshot"', 'MALFORMED', { pointer: '/signed/expires' }],
    ['{"expires":0,"_type":"snapshot"}}', 'MALFORMED', { pointer: '/signed/expires' }],
    ['[]', 'MALFORMED', { pointer: '/signed' }],
    ['"snapshot"', 'MALFORMED', { pointer: '/signed' }],
  ])('[A-23, A-31] that breaks before it says what it is: %s', (signed, code, more) => {
    for (const document of [`{"signatures":[],"signed":${signed}}`, `{"signed":${signed},"signatures":[]}`]) {
      expect(outcomeOf(() => parseTimestamp(utf8(document)))).toMatchObject({
        code: `ERR_TUF_${code}`,
        evidence: { role: 'timestamp', ...more },
      });
    }
  });

  it.each<[version: string, read: boolean]>([
    ['1.0', true],
    ['1.0.34', true],
    ['1.10.0', true],
    ['1.0.34.1', false],
    ['1', false],
    ['1.', false],
    ['11.0', false],
    ['2.1.0', false],
    ['1.0.34x', false],
    ['1.x', false],
  ])('[4.3-b, A-31] of the specification %j is read: %j', (version, read) => {
    const bytes = simulator.signed({ ...simulator.timestamp, spec_version: version }, []);
    expect(outcomeOf(() => parseTimestamp(bytes))).toEqual(
      read ? 'read' : expect.objectContaining({ code: 'ERR_TUF_SPEC_VERSION' }),
    );
  });

  it('[A-09b, 4.2.3-a] under strict has times of one form only, and keeps them as they came', () => {
    const at = (expires: string) => simulator.signed({ ...simulator.timestamp, expires }, []);
    for (const [expires, strict] of [
      ['2031-01-01T00:00:00Z', true],
      ['2031-01-01T00:00:00.5+01:00', false],
    ] as const) {
      expect(parseTimestamp(at(expires)).signed.expires).toBe(expires);
      expect(outcomeOf(() => parseTimestamp(at(expires), { profile: 'strict' })) === 'read').toBe(strict);
    }
    expect(parseTimestamp(at('2031-01-01T00:00:00.5Z')).signed.expiresAt).toEqual({
      milliseconds: Date.UTC(2031, 0) + 500,
      nanoseconds: 0,
    });
  });

  it('[A-01] with characters above U+FFFF is in place under olpc, and never under rfc8785', () => {
    for (const [name, both] of [
      ['\u{1f600}', false],
      ['\uffff', true],
    ] as const) {
      const bytes = simulator.signed({ ...simulator.timestamp, [name]: 1 }, []);
      expect(parseTimestamp(bytes).inPlace).toBe(true);
      expect(parseTimestamp(bytes, { canonicalForm: 'rfc8785' }).inPlace).toBe(both);
    }
  });

  it('[4.4-b, A-11] lists lengths from 0 on', () => {
    const listing = (length: unknown) => {
      const meta = { 'snapshot.json': { length, version: 1 } };
      return () => parseTimestamp(simulator.signed({ ...simulator.timestamp, meta }, [])).signed.meta;
    };
    for (const length of [0, 1, Number.MAX_SAFE_INTEGER]) {
      expect(listing(length)().get('snapshot.json')?.length).toBe(length);
    }
    for (const length of [-1, '1', null, true]) {
      expect(outcomeOf(listing(length))).toMatchObject({ code: 'ERR_TUF_MALFORMED' });
    }
  });

  it('[A-23] says its type', () => {
    expect(readers.map(([, read, bytes]) => read(bytes).signed.type)).toEqual([
      'root',
      'timestamp',
      'snapshot',
      'targets',
      'targets',
    ]);
  });

  it('that is none at all is refused as such', () => {
    for (const text of ['{}', '[]', '{"signatures":[]}']) {
      expect(outcomeOf(() => parseTimestamp(utf8(text)))).toMatchObject({ code: 'ERR_TUF_MALFORMED' });
    }
    expect(() => parseTimestamp(utf8('[]'))).toThrow(/expected an object at/);
    expect(() => parseTimestamp(utf8('{"signatures":{}}'))).toThrow(/expected an array at/);
  });

  it('[A-05, 4.2.1-e] with two signatures of one keyid is refused at the second', () => {
    const twice = '{"signatures":[{"keyid":"a","sig":""},{"keyid":"a","sig":""}';
    const { expires: _, ...rest } = simulator.timestamp;
    expect(outcomeOf(() => parseTimestamp(utf8(`${twice}],"signed":${JSON.stringify(rest)}}`)))).toMatchObject({
      code: 'ERR_TUF_MALFORMED',
      evidence: { pointer: '/signatures/1', offset: twice.length - 1 },
    });
  });

  it('[4.3-c, A-29] of root without consistent_snapshot has no consistent snapshots', () => {
    const { consistent_snapshot: _, ...rest } = simulator.root;
    expect(parseRoot(simulator.signed(rest, [])).signed.consistentSnapshot).toBe(false);
    expect(parseRoot(simulator.signed({ ...rest, consistent_snapshot: true }, [])).signed.consistentSnapshot).toBe(
      true,
    );
  });

  it('[4.2.2-a, A-03, A-07] has keys that are read once, are skipped without a public part, and keep all they hold', () => {
    const key = { keytype: 'x', scheme: 'y', keyval: { private: 1 }, more: [2] };
    const document = { ...simulator.root, keys: { ...simulator.root.keys, odd: key } };
    const { keys } = parseRoot(simulator.signed(document, [])).signed;
    let parsed = 0;
    const parse: ParsePublicKey = (...form) => {
      parsed += 1;
      return parsePublicKey(...form);
    };
    expect(keys.get('odd')?.publicKey(parse)).toMatchObject({ kind: 'unusable' });
    expect(parsed).toBe(0);
    expect(Buffer.from(keys.get('odd')?.canonical('olpc') ?? [])).toEqual(Buffer.from(olpc(key)));
    const usable = keys.get(timestampKey.keyid);
    expect(usable?.publicKey(parse)).toMatchObject({ kind: 'ed25519' });
    expect(usable?.publicKey(parse)).toBe(usable?.publicKey(parse));
    expect(parsed).toBe(1);
  });

  it('[4.2.1-d] takes any text as a signature: one that is no hex never counts', () => {
    for (const sig of ['', 'zz', 'abc', 'ab cd', 'ABCD', 'abcd']) {
      const expected = /^(?:[0-9a-f]{2})*$/i.test(sig) ? new Uint8Array(Buffer.from(sig, 'hex')) : undefined;
      expect(Signed.signatureBytes({ keyid: 'k', sig })).toEqual(expected);
    }
  });

  it('[4.2.1-d] takes no signature longer than any scheme makes for one', () => {
    expect(Signed.signatureBytes({ keyid: 'k', sig: '05'.repeat(8192) })).toHaveLength(8192);
    expect(Signed.signatureBytes({ keyid: 'k', sig: '05'.repeat(8193) })).toBeUndefined();
    expect(Signed.signatureBytes({ keyid: 'k', sig: '0500'.repeat(2 ** 22) })).toBeUndefined();
  });

  it('ends in a value or in a typed refusal, whatever the bytes, the profile and the form', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        fc.nat(),
        fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.nat()),
        fc.constantFrom<Profile>('default', 'strict'),
        fc.constantFrom<CanonicalForm>('olpc', 'rfc8785'),
        (at, bytesOrSeed, profile, canonicalForm) => {
          const [, , honest] = readers[at % 5] as (typeof readers)[number];
          const bytes = typeof bytesOrSeed === 'number' ? mutated(honest, bytesOrSeed) : bytesOrSeed;
          for (const [, read] of readers) {
            const outcome = outcomeOf(() => useAll(read(bytes, { profile, canonicalForm })));
            if (outcome === 'read') continue;
            refused += 1;
            expect(outcome.family).toBe('format');
            expect(outcome.hint).toBeTruthy();
            expect(outcome.message).toMatch(/^[a-z]/);
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(500);
  });
});

function outcomeOf(read: () => unknown): 'read' | TufError {
  try {
    read();
    return 'read';
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    return error;
  }
}

/** Builds whatever is built late. */
function useAll(document: Signed<DocumentHead>): void {
  document.message();
  document.json();
  const { targets, meta, keys } = document.signed as unknown as Record<string, unknown> & {
    targets?: { paths(): Iterable<string>; get(path: string): unknown };
    meta?: { versions(): Iterable<readonly [string, number]>; get(path: string): unknown };
    keys?: ReadonlyMap<string, { publicKey(parse: ParsePublicKey): unknown; canonical(form: CanonicalForm): unknown }>;
  };
  for (const path of targets?.paths() ?? []) targets?.get(path);
  for (const [path] of meta?.versions() ?? []) meta?.get(path);
  for (const key of keys?.values() ?? []) {
    key.publicKey(parsePublicKey);
    key.canonical('olpc');
  }
}
