/**
 * One document: read strictly, or as far as it can be read, and held against who lists it and who may sign it.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import { type DocumentHead, Signed } from '../metadata/document.ts';
import { encodeHex } from '../metadata/hex.ts';
import { type PublicKey, parsePublicKey } from '../metadata/public-key.ts';
import type { MetaFile } from '../metadata/snapshot.ts';
import { answer } from '../repository/proof.ts';
import { checkThreshold } from '../trust/arbitrary-software.ts';
import type { Authority } from '../trust/authority.ts';
import { checkListedBytes } from '../trust/mix-and-match.ts';
import type { CheckContext } from './context.ts';
import { type About, counted, refusalOf, some } from './finding.ts';
import { type LooseObject, lenientJson } from './lenient-json.ts';
import { type HeadView, objectOf } from './view.ts';

/** A document that was read. */
export interface Examined<V extends HeadView> {
  readonly role: string;
  /** Below what is served. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Absent where the strict reader refuses it. */
  readonly document: Signed<V & DocumentHead> | undefined;
  /** What the rules look at; absent where nothing can be read. */
  readonly view: V | undefined;
  /** Whether nothing speaks against it but its date. */
  readonly sound: boolean;
}

/** Signatures of one document that are looked at one by one, beside those that its threshold takes. */
const signaturesMax = 256;

/** Reads one document. A refusal of the strict reader is a finding, after which what can be read is looked at. */
export function examine<V extends HeadView>(
  { findings }: CheckContext,
  { role, file }: { readonly role: string; readonly file: string },
  bytes: Uint8Array,
  parse: (bytes: Uint8Array) => Signed<V & DocumentHead>,
  loose: (signed: LooseObject) => V,
): Examined<V> {
  try {
    const document = parse(bytes);
    return { role, file, bytes, document, view: document.signed, sound: true };
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    findings.refusal('document-refused', { role, file }, error);
    const signed = objectOf(objectOf(lenientJson(bytes)).get('signed'));
    const view = signed.size === 0 ? undefined : loose(signed);
    return { role, file, bytes, document: undefined, view, sound: false };
  }
}

/** Holds the bytes and the version against what is listed. False where something differs. @spec 5.5.2, 5.6.2 */
export async function checkListed(
  { crypto, findings }: CheckContext,
  examined: Examined<HeadView>,
  listed: MetaFile,
): Promise<boolean> {
  const { role, file, bytes, view } = examined;
  const about: About = { role, file };
  const { version, length, hashes } = listed;
  const wrongLength = await refusalOf(() =>
    answer(checkListedBytes(role, bytes, { version, length, hashes: undefined }), crypto),
  );
  if (wrongLength !== undefined) {
    findings.add('length-wrong', about, `${file} has ${bytes.length} bytes, ${length} are listed`);
  }
  const wrongHash = await refusalOf(() =>
    answer(checkListedBytes(role, bytes, { version, length: undefined, hashes }), crypto),
  );
  if (wrongHash !== undefined) findings.refusal('hash-wrong', about, wrongHash);
  const isVersion = view?.version === undefined || view.version === version;
  if (!isVersion) findings.add('version-wrong', about, `${file} has version ${view.version}, ${version} is listed`);
  return wrongLength === undefined && wrongHash === undefined && isVersion;
}

/**
 * Holds the signatures against every authority that has a say. False where one of them is not satisfied.
 *
 * @spec 4.2.1-e, A-04, A-45
 */
export async function checkSigned(
  context: CheckContext,
  { role, file, document }: Examined<HeadView>,
  authorities: readonly Authority[],
): Promise<boolean> {
  if (document === undefined) return false;
  const { findings } = context;
  const crypto = rememberingCrypto(context.crypto);
  let isSigned = true;
  for (const authority of authorities) {
    if (context.isOver()) {
      context.boundMet('time', 'the time is over before every signature was verified');
      return false;
    }
    const refusal = await refusalOf(() => answer(checkThreshold(authority, document), crypto));
    if (refusal === undefined) continue;
    isSigned = false;
    findings.refusal('signatures-short', { role, file }, refusal);
  }
  await checkEachSignature({ findings, crypto }, { role, file }, document, authorities);
  return isSigned;
}

/**
 * Verifies each signature of one document by one key once. By the key object and not by its identity, which two keys may
 * share that verify differently.
 */
function rememberingCrypto(crypto: Crypto): Crypto {
  const verdicts = new Map<PublicKey, Map<string, boolean | Promise<boolean>>>();
  return {
    digest: (algorithm, bytes) => crypto.digest(algorithm, bytes),
    verify: (key, message, signature) => {
      const ofKey = verdicts.get(key) ?? new Map();
      verdicts.set(key, ofKey);
      const name = encodeHex(signature);
      const verdict = ofKey.get(name) ?? crypto.verify(key, message, signature);
      ofKey.set(name, verdict);
      return verdict;
    },
  };
}

async function checkEachSignature(
  { crypto, findings }: Pick<CheckContext, 'crypto' | 'findings'>,
  about: { readonly role: string; readonly file: string },
  document: Signed<DocumentHead>,
  authorities: readonly Authority[],
): Promise<void> {
  const found: Record<'signature-empty' | 'signature-stranger' | 'signature-false', string[]> = {
    'signature-empty': [],
    'signature-stranger': [],
    'signature-false': [],
  };
  for (const signature of document.signatures.slice(0, signaturesMax)) {
    const { keyid, sig } = signature;
    const authority = authorities.find(({ keyids }) => keyids.includes(keyid));
    if (sig === '') found['signature-empty'].push(keyid);
    else if (authority === undefined) found['signature-stranger'].push(keyid);
    else {
      const key = authority.keys.get(keyid)?.publicKey(parsePublicKey);
      const bytes = Signed.signatureBytes(signature);
      if (key === undefined || key.kind === 'unusable') continue;
      const isTrue = bytes !== undefined && (await crypto.verify(key as PublicKey, document.message(), bytes));
      if (!isTrue) found['signature-false'].push(keyid);
    }
  }
  const says = {
    'signature-empty': 'of no bytes',
    'signature-stranger': 'by keys that the role does not list',
    'signature-false': 'over other bytes',
  } as const;
  for (const code of ['signature-false', 'signature-empty', 'signature-stranger'] as const) {
    const keyids = found[code];
    if (keyids.length === 0) continue;
    findings.add(
      code,
      about,
      `${about.file} has ${counted(keyids.length, 'signature')} ${says[code]}: ${some(keyids)}`,
    );
  }
}
