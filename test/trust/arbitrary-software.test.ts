import { constants, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import { type Signature, Signed } from '../../src/metadata/document.ts';
import { checkThreshold } from '../../src/trust/arbitrary-software.ts';
import type { Authority } from '../../src/trust/authority.ts';
import type { TrustQuestion } from '../../src/trust/question.ts';
import { authorityOf, file, message, plainTimestamp, signaturesBy, timestampWith } from './documents.ts';
import { prove } from './prove.ts';
import { ecdsaSigner, ed25519Signer, type Listed, rsaSigners, type Signer } from './signers.ts';

const ed25519 = [ed25519Signer(), ed25519Signer(), ed25519Signer()] as const;
const p256 = ecdsaSigner('P-256');
const p384 = ecdsaSigner('P-384');
const [rsa, rsaOtherExponent] = rsaSigners();
const form = (signer: Signer, i = 0): Listed => signer.forms[i] as Listed;

/** `undefined` when the threshold is met, else the error; and how many signatures were verified. */
function judged(
  authority: Authority,
  document: Signed,
): { refusal: TufError<'ERR_TUF_UNSIGNED'> | undefined; verified: number } {
  const log: TrustQuestion[] = [];
  const verified = (): number => log.filter(({ kind }) => kind === 'verify').length;
  try {
    prove(checkThreshold(authority, document), log);
    return { refusal: undefined, verified: verified() };
  } catch (error) {
    if (!(error instanceof TufError) || error.code !== 'ERR_TUF_UNSIGNED') throw error;
    return { refusal: error as TufError<'ERR_TUF_UNSIGNED'>, verified: verified() };
  }
}

const isSigned = (authority: Authority, signatures: readonly Signature[]): boolean =>
  judged(authority, timestampWith(signatures)).refusal === undefined;

describe('one public key', () => {
  const pairs: [string, Signer, Listed, Signer, Listed][] = [
    ['the same text under two keyids (SIG-04)', ed25519[0], form(ed25519[0]), ed25519[0], form(ed25519[0])],
    ['hex of either case', ed25519[0], form(ed25519[0]), ed25519[0], form(ed25519[0], 1)],
    ...[p256, p384].flatMap((signer) =>
      signer.forms
        .slice(1)
        .map((other): [string, Signer, Listed, Signer, Listed] => [
          `${other.keytype}, ${JSON.stringify(other.public.slice(0, 30))}… of ${other.public.length} characters (SIG-05)`,
          signer,
          form(signer),
          signer,
          other,
        ]),
    ),
    ['RSA as SubjectPublicKeyInfo and as RSAPublicKey', rsa, form(rsa), rsa, form(rsa, 1)],
    ['one RSA modulus with two exponents', rsa, form(rsa), rsaOtherExponent, form(rsaOtherExponent)],
    ['one RSA key under two hashes', rsa, form(rsa), ofHash(rsa), { ...form(rsa), scheme: 'rsassa-pss-sha512' }],
  ];

  it.each(pairs)('[5.3.4c, A-04] counts once: %s', (_, first, firstForm, second, secondForm) => {
    const signatures = signaturesBy({ a: first, b: second });
    const { refusal } = judged(authorityOf({ a: firstForm, b: secondForm }, 2), timestampWith(signatures));
    expect(refusal?.evidence).toMatchObject({ validKeyids: ['a'], rejected: [{ keyid: 'b', reason: 'same-key' }] });
    // The controls: each signature is true, and a second key meets the threshold.
    expect(isSigned(authorityOf({ a: firstForm }, 1), signatures)).toBe(true);
    if (second === first || second === rsaOtherExponent) {
      expect(isSigned(authorityOf({ b: secondForm }, 1), signatures)).toBe(true);
    }
    const other = signaturesBy({ a: first, c: ed25519[1] });
    expect(isSigned(authorityOf({ a: firstForm, c: form(ed25519[1]) }, 2), other)).toBe(true);
  });

  it('[5.3.4d, A-05, 4.2.1-c, 4.2.1-e] does not count twice for one keyid, and such a file is refused as a whole', () => {
    const twice = [...signaturesBy({ a: p256 }), ...signaturesBy({ a: p256 })];
    expect(twice[0]?.sig).not.toBe(twice[1]?.sig);
    for (const signatures of [twice, [twice[0], twice[0]] as Signature[]]) {
      expect(() => timestampWith(signatures)).toThrow(expect.objectContaining({ code: 'ERR_TUF_MALFORMED' }));
      // Even past the reader, it is counted by key.
      const document = timestampWith(signatures.slice(0, 1));
      const smuggled = new Signed(document.role, document.signed, {
        bytes: file(signatures.slice(0, 1)),
        signatures,
        canonicalForm: 'olpc',
        from: 0,
        to: 0,
        inPlace: false,
        depth: 64,
      });
      Object.defineProperty(smuggled, 'message', { value: () => message });
      const { refusal } = judged(authorityOf({ a: form(p256) }, 2), smuggled);
      expect(refusal?.evidence.rejected).toEqual([{ keyid: 'a', reason: 'same-key' }]);
    }
  });
});

describe('a threshold', () => {
  it.each<[string, Signer, number]>([
    ['ed25519', ed25519[0], 0],
    ['ecdsa P-256 as PEM', p256, 0],
    ['ecdsa P-256 under the older keytype', p256, 1],
    ['ecdsa P-256 as the hex of its point', p256, 8],
    ['ecdsa P-384', p384, 0],
    ['rsa as PEM', rsa, 0],
    ['rsa as PKCS#1', rsa, 1],
  ])('[4.2.2-b, 4.2.2-f, A-54] is met by a key of %s', (_, signer, i) => {
    expect(isSigned(authorityOf({ a: form(signer, i) }, 1), signaturesBy({ a: signer }))).toBe(true);
    expect(isSigned(authorityOf({ a: form(signer, i) }, 1), signaturesBy({ a: ed25519[2] }))).toBe(false);
    const over = signaturesBy({ a: signer }, Buffer.concat([message, Buffer.from(' ')]));
    expect(isSigned(authorityOf({ a: form(signer, i) }, 1), over)).toBe(false);
  });

  it.each(['sha256', 'sha384', 'sha512'] as const)('[4.2.2-b] is met by an RSA-PSS key with %s', (hash) => {
    const [signer] = rsaSigners(hash);
    expect(isSigned(authorityOf({ a: form(signer) }, 1), signaturesBy({ a: signer }))).toBe(true);
  });

  it('[4.2.2-c, A-53] is not met by another algorithm under the same names (SIG-08, J23)', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const pss = (hash: string) =>
      sign(hash, message, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }).toString(
        'hex',
      );
    const pkcs1 = sign('sha256', message, privateKey).toString('hex');
    const cases: [keytype: string, scheme: string, sig: string, meets: boolean][] = [
      ['rsa', 'rsassa-pss-sha256', pss('sha256'), true],
      ['rsa', 'rsassa-pss-sha256', pkcs1, false],
      ['rsa', 'rsassa-pss-sha256', pss('sha512'), false],
      ['rsa', 'ed25519', pss('sha256'), false],
      ['ed25519', 'ed25519', pkcs1, false],
      ['ed25519', 'ed25519', pss('sha256'), false],
      ['rsa', 'totally-unknown', pss('sha256'), false],
    ];
    for (const [keytype, scheme, sig, meets] of cases) {
      expect(isSigned(authorityOf({ a: { keytype, scheme, public: pem } }, 1), [{ keyid: 'a', sig }])).toBe(meets);
    }
    expect(
      isSigned(authorityOf({ a: { ...form(p384), scheme: 'ecdsa-sha2-nistp256' } }, 1), signaturesBy({ a: p384 })),
    ).toBe(false);
  });

  it('[4.2.2-a, A-07, A-53] is met beside keys that are missing or unusable (SIG-09, B9)', () => {
    const bad = (text: string): Listed => ({ ...form(ed25519[0]), public: text });
    const good = form(ed25519[0]).public;
    const keys = {
      empty: bad(''),
      short: bad(good.slice(2)),
      long: bad(`${good}00`),
      odd: bad(good.slice(1)),
      'not hex': bad(`${good.slice(1)}g`),
      unknown: { keytype: 'sphincs', scheme: 'sphincs-1', public: 'x' },
      a: form(ed25519[0]),
      b: form(p256),
    };
    const signers = Object.fromEntries(Object.keys(keys).map((keyid) => [keyid, keyid === 'b' ? p256 : ed25519[0]]));
    const signatures = [{ keyid: 'absent', sig: '00' }, ...signaturesBy(signers)];
    const authority = authorityOf(keys, 2, ['absent', ...Object.keys(keys)]);
    expect(isSigned(authority, signatures)).toBe(true);
    const { refusal, verified } = judged({ ...authority, threshold: 3 }, timestampWith(signatures));
    expect(verified).toBe(2);
    expect(refusal?.evidence).toMatchObject({
      threshold: 3,
      trustedKeyids: authority.keyids,
      validKeyids: ['a', 'b'],
      rejected: [
        { keyid: 'absent', reason: 'key-missing' },
        ...['empty', 'short', 'long', 'odd', 'not hex', 'unknown'].map((keyid) => ({ keyid, reason: 'key-unusable' })),
      ],
    });
  });

  it('[4.2.1-d] is not met, and nothing is verified, for text that is no signature', () => {
    for (const sig of [
      '',
      'zz',
      'abc',
      '00 11',
      '0x00',
      `${ed25519[0].sign(message)}zz-garbage`,
      '\u0660'.repeat(128),
    ]) {
      const { refusal, verified } = judged(
        authorityOf({ a: form(ed25519[0]) }, 1),
        timestampWith([{ keyid: 'a', sig }]),
      );
      expect(refusal?.evidence.rejected).toEqual([{ keyid: 'a', reason: 'malformed-signature' }]);
      expect(verified).toBe(0);
    }
    const upper = ed25519[0].sign(message).toUpperCase();
    expect(isSigned(authorityOf({ a: form(ed25519[0]) }, 1), [{ keyid: 'a', sig: upper }])).toBe(true);
  });

  it('[4.2.1-a] takes nothing from a signature entry but keyid and sig (NT-1)', () => {
    const entry = { keyid: 'a', sig: ed25519[0].sign(message), method: 'none', keytype: 'rsa', scheme: 'null' };
    expect(isSigned(authorityOf({ a: form(ed25519[0]) }, 1), [entry])).toBe(true);
    expect(isSigned(authorityOf({ a: form(p256) }, 1), [entry])).toBe(false);
  });

  it('[A-07] looks a keyid up in this delegator and nowhere else (SIG-12)', () => {
    const signatures = signaturesBy({ k: ed25519[0] });
    expect(isSigned(authorityOf({ k: form(ed25519[0]) }, 1), signatures)).toBe(true);
    expect(isSigned(authorityOf({ k: form(ed25519[1]) }, 1), signatures)).toBe(false);
    expect(isSigned(authorityOf({ k: form(ed25519[0]), l: form(ed25519[1]) }, 1, ['l']), signatures)).toBe(false);
    expect(isSigned(authorityOf({ k: form(ed25519[0]) }, 1), [])).toBe(false);
  });

  it('[A-67] takes any text for a keyid (SIG-13)', () => {
    for (const keyid of ['__proto__', 'constructor', '', 'K', '\ud83d\ude00', '00'.repeat(32)]) {
      const keys = new Map([[keyid, authorityOf({ x: form(ed25519[0]) }, 1).keys.get('x')]]) as Authority['keys'];
      const authority = { ...authorityOf({}, 1, [keyid]), keys };
      expect(isSigned(authority, [{ keyid, sig: ed25519[0].sign(message) }]), keyid).toBe(true);
    }
  });

  it('costs at most one verification a keyid that the role lists, and none once it is met (SIG-10, PY-4)', () => {
    const many = Array.from({ length: 5000 }, (_, i) => ({ keyid: `unknown ${i}`, sig: '00'.repeat(512) }));
    const authority = authorityOf({ a: form(rsa), b: form(p256), c: form(ed25519[0]) }, 1);
    expect(judged(authority, timestampWith(many)).verified).toBe(0);
    const wrong = ['a', 'b', 'c'].map((keyid) => ({ keyid, sig: '00'.repeat(256) }));
    expect(judged(authority, timestampWith([...many, ...wrong])).verified).toBe(3);
    const good = signaturesBy({ a: rsa, b: p256, c: ed25519[0] });
    expect(judged(authority, timestampWith(good)).verified).toBe(1);
    expect(judged({ ...authority, threshold: 2 }, timestampWith([...good, ...many])).verified).toBe(2);
  });

  it('[5.3.4c, A-04, A-07, A-08] is met exactly when enough different keys of the role have signed', () => {
    const signers = [...ed25519, p256, rsa];
    const mostly = fc.nat({ max: 4 }).map((n) => n < 4);
    const listing = fc.record({ key: fc.nat({ max: 4 }), form: fc.nat(), listed: mostly, present: mostly });
    const entry = fc.record({
      at: fc.nat(),
      signer: fc.nat({ max: 4 }),
      same: mostly,
      damaged: mostly.map((is) => !is),
    });
    let met = 0;
    fc.assert(
      fc.property(
        fc.array(listing, { minLength: 3, maxLength: 6 }),
        fc.uniqueArray(entry, { selector: ({ at }) => at % 6, maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        (listings, entries, threshold) => {
          const keys: Record<string, Listed> = {};
          for (const [i, { key, form: n, present }] of listings.entries()) {
            const signer = signers[key] as Signer;
            if (present) keys[`k${i}`] = signer.forms[n % signer.forms.length] as Listed;
          }
          const keyids = listings.flatMap(({ listed }, i) => (listed ? [`k${i}`] : []));
          const counted = new Set<number>();
          const signatures = entries.map(({ at, signer, same, damaged }) => {
            const i = at % 6;
            const by = same ? (listings[i]?.key ?? signer) : signer;
            if (listings[i]?.listed && listings[i]?.present && listings[i]?.key === by && !damaged) counted.add(by);
            const sig = (signers[by] as Signer).sign(message);
            return { keyid: `k${i}`, sig: damaged ? `${sig.slice(0, -2)}${sig.endsWith('00') ? '01' : '00'}` : sig };
          });
          const { refusal, verified } = judged(authorityOf(keys, threshold, keyids), timestampWith(signatures));
          expect(refusal === undefined).toBe(counted.size >= threshold);
          expect(verified).toBeLessThanOrEqual(keyids.length);
          if (refusal === undefined) met += 1;
        },
      ),
      { numRuns: 300 },
    );
    expect(met).toBeGreaterThan(20);
  });

  it('names what was required and why each signature did not count', () => {
    const document = timestampWith([{ keyid: 'x', sig: '00' }, ...signaturesBy({ a: ed25519[1] })]);
    const { refusal } = judged(authorityOf({ a: form(ed25519[0]) }, 1), document);
    expect(refusal).toMatchObject({
      message: 'timestamp: signed by 0 of the 1 keys that root requires',
      family: 'security',
      evidence: {
        role: 'timestamp',
        delegator: 'root',
        version: plainTimestamp.version,
        threshold: 1,
        trustedKeyids: ['a'],
        validKeyids: [],
        rejected: [
          { keyid: 'x', reason: 'unknown-keyid' },
          { keyid: 'a', reason: 'false-signature' },
        ],
      },
    });
    expect(refusal?.hint).toBeTruthy();
  });
});

/** A signer of the same secret whose signatures here are not looked at: the key has counted already. */
function ofHash(signer: Signer): Signer {
  return { forms: signer.forms, sign: () => '00'.repeat(256) };
}
