import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/metadata/canonical-json.ts';
import type { Signed } from '../../src/metadata/document.ts';
import { type Json, jsonOf, parseJson } from '../../src/metadata/json.ts';
import type { Root } from '../../src/metadata/root.ts';
import { parseTargets, type Targets } from '../../src/metadata/targets.ts';
import { Draft, draftOf, editDocument, parseDraft } from '../../src/repository/draft.ts';
import { createRoot, createTargets, editTargets } from '../../src/repository/index.ts';
import { wireJson } from '../../src/repository/wire-json.ts';
import type { Trusted } from '../../src/trust/trusted.ts';
import { inDays, newRoles, text } from './fixture.ts';

const entry = { length: 1, hashes: { sha256: '0'.repeat(64) } };

/** A document as somebody else wrote it: indented, unordered, with members that nobody knows. */
const foreign = Buffer.from(
  JSON.stringify(
    {
      'x-envelope': [1, 2],
      signed: {
        version: 4,
        spec_version: '1.0.31',
        'x-team': { b: 1, a: 'é' },
        targets: { b: { length: 3, hashes: { sha256: 'a'.repeat(64), md5: 'x' }, 'x-note': true } },
        expires: '2031-01-01T00:00:00Z',
        _type: 'targets',
      },
      signatures: [{ sig: 'aa', keyid: 'k1', method: 'ed25519' }],
    },
    undefined,
    1,
  ),
);

describe('a draft', () => {
  it('[A-01] is written in canonical form, so that readers verify it in place', async () => {
    const targets = editTargets(createTargets({ expires: inDays(1) }), (edit) => {
      edit.put('é/ü.txt', { ...entry, custom: { quote: '"\\', list: [1, null, true, {}] } });
    });
    const document = parseTargets((targets as Draft<Targets>).bytes);
    expect(document.inPlace).toBe(true);
    expect(text(document.message())).toBe(text(canonicalJson(document.signedJson())));
    expect(text(document.bytes)).toBe(text(canonicalJson(document.json())));
  });

  it('[A-01] escapes the newlines of a PEM key on the wire and signs them raw', async () => {
    const signed = jsonOf({
      _type: 'targets',
      spec_version: '1.0.34',
      version: 1,
      expires: '2031-01-01T00:00:00Z',
      targets: {},
      pem: 'a\nb',
    });
    const draft = draftOf<Targets>('targets', 'targets', signed as never, 'olpc');
    expect(text(draft.bytes)).toContain('"pem":"a\\nb"');
    expect(text(draft.message())).toContain('"pem":"a\nb"');
  });

  it('[4-a] keeps what it does not know, and the order of arrays, when a document is edited', () => {
    const before = parseTargets(foreign);
    const draft = editTargets(before, (edit) => edit.put('a', entry)) as Draft<Targets>;
    const signed = JSON.parse(text(draft.bytes)).signed;
    expect(signed).toMatchObject({
      version: 5,
      spec_version: '1.0.31',
      'x-team': { b: 1, a: 'é' },
      targets: { b: { length: 3, hashes: { md5: 'x' }, 'x-note': true }, a: entry },
    });
    expect(draft.signatures).toEqual([]);
  });

  it('[4-a] is not made where nothing changes', () => {
    const before = parseTargets(foreign);
    expect(editTargets(before, () => {})).toBeUndefined();
    expect(
      editTargets(before, (edit) => edit.put('b', { length: 3, hashes: { sha256: 'a'.repeat(64), md5: 'x' } })),
    ).toBeUndefined();
    expect(editTargets(before, () => {}, { expires: new Date('2031-01-01T00:00:00.9Z') })).toBeUndefined();
    const draft = editTargets(before, (edit) => edit.put('a', entry)) as Draft<Targets>;
    expect(editTargets(draft, (edit) => edit.put('a', entry))).toBeUndefined();
  });

  it('keeps its version when it is edited again, and loses its signatures', () => {
    const draft = editTargets(parseTargets(foreign), (edit) => edit.put('a', entry)) as Draft<Targets>;
    const signed = draft.withSignatures([{ keyid: 'k', signature: Uint8Array.of(1) }]);
    const again = editTargets(signed, (edit) => edit.put('c', entry)) as Draft<Targets>;
    expect([again.signed.version, again.signatures]).toEqual([5, []]);
  });

  it('[A-01] leaves the bytes of `signed` and all other members alone when a signature is added', () => {
    const draft = new Draft(parseTargets(foreign));
    const more = draft.withSignatures([
      { keyid: 'k2', signature: Uint8Array.of(0xab, 0xcd) },
      { keyid: 'k1', signature: Uint8Array.of(1) },
    ]);
    const before = parseTargets(foreign);
    expect(text(more.document().signedBytes())).toBe(text(before.signedBytes()));
    expect(JSON.parse(text(more.bytes))).toMatchObject({
      'x-envelope': [1, 2],
      signatures: [
        { keyid: 'k1', sig: '01', method: 'ed25519' },
        { keyid: 'k2', sig: 'abcd' },
      ],
    });
  });

  it('[A-21] refuses a version after the last one there is, and one that does not go up', () => {
    const last = Buffer.from(text(foreign).replace('"version": 4', `"version": ${Number.MAX_SAFE_INTEGER}`));
    const refusal = expect.objectContaining({ code: 'ERR_TUF_REPOSITORY_REFUSED', role: 'targets' });
    expect(() => editTargets(parseTargets(last), (edit) => edit.put('a', entry))).toThrow(refusal);
    expect(() => editTargets(parseTargets(foreign), () => {}, { version: 4 })).toThrow(refusal);
    expect(editTargets(parseTargets(foreign), () => {}, { version: 9 })?.signed.version).toBe(9);
  });

  it('[A-09] writes dates in the one form of the specification', () => {
    expect(createTargets({ expires: new Date('2031-02-03T04:05:06.789Z') }).signed.expires).toBe(
      '2031-02-03T04:05:06Z',
    );
    expect(() => createTargets({ expires: new Date(Number.NaN) })).toThrow(TypeError);
    expect(() => createTargets({ expires: new Date('+010000-01-01T00:00:00Z') })).toThrow(TypeError);
  });

  it('[A-67] edits names that are special elsewhere', () => {
    const names = ['__proto__', 'constructor', '10', '9', 'toString'];
    const draft = editTargets(createTargets({ expires: inDays(1) }), (edit) => {
      for (const name of names) edit.put(name, entry);
    }) as Draft<Targets>;
    expect([...draft.signed.targets.paths()].sort()).toEqual([...names].sort());
    expect(draft.signed.targets.get('__proto__')?.length).toBe(1);
  });

  it('is read back from its file with the signatures that it has', () => {
    const draft = createTargets({ expires: inDays(1), role: 'releases' }).withSignatures([
      { keyid: 'k', signature: Uint8Array.of(7) },
    ]);
    const again = parseDraft<Targets>(draft.bytes, 'releases');
    expect([again.role, again.signatures]).toEqual(['releases', [{ keyid: 'k', sig: '07' }]]);
  });

  it('is a type of its own', async () => {
    const draft: Draft<Root> = createRoot({ expires: inDays(1), roles: await newRoles() });
    // @ts-expect-error what lacks signatures is not what was read
    const signed: Signed<Root> = draft;
    // @ts-expect-error what lacks signatures is not trusted
    const trusted: Trusted<Root> = draft;
    // @ts-expect-error what was read is no draft
    const other: Draft<Root> = draft.document();
    // @ts-expect-error what was read is not trusted
    const minted: Trusted<Root> = draft.document();
    expect([signed, trusted, other, minted]).toHaveLength(4);
  });
});

describe('wireJson', () => {
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger().map((n) => n + 0),
      fc.string({ unit: 'binary' }),
      fc.array(tie('value')),
      fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { noNullPrototype: false }),
    ),
  })).value;

  it('[A-01] reads back as the same value, whose canonical form it is but for control characters', () => {
    fc.assert(
      fc.property(json, (value) => {
        const tree = jsonOf(value) as Json;
        const wire = wireJson(tree, 'olpc');
        expect(text(canonicalJson(parseJson(wire)))).toBe(text(canonicalJson(tree)));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
        if (!/[\0-\x1f]/.test(text(canonicalJson(tree)))) expect(text(wire)).toBe(text(canonicalJson(tree)));
      }),
    );
  });
});

describe('editDocument', () => {
  it('is the identity for a change that is undone', () => {
    const before = parseTargets(foreign);
    const same = editDocument<Targets>(before, (tree) => {
      const version = tree.get('version') as number;
      tree.set('version', 77).set('version', version);
    });
    expect(same).toBeUndefined();
  });
});
