/**
 * tufa's answers to the calls of the vectors, each by the layer that it asks about: the same in this process and over the
 * line protocol.
 *
 * @module
 */
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { decodeBase64, encodeBase64 } from '../metadata/base64.ts';
import { canonicalBytes } from '../metadata/canonical-bytes.ts';
import type { CanonicalForm } from '../metadata/canonical-json.ts';
import { parseDateTime } from '../metadata/date-time.ts';
import {
  binName,
  type DelegatedRole,
  type Delegations,
  needsPathDigest,
  rolesForPath,
  type SuccinctRoles,
} from '../metadata/delegations.ts';
import { type DocumentHead, type Profile, Signed } from '../metadata/document.ts';
import { metadataUrlPath, targetUrlPath } from '../metadata/file-name.ts';
import { encodeHex } from '../metadata/hex.ts';
import { type PlainJson, parseJson } from '../metadata/json.ts';
import { type Key, readKeys } from '../metadata/key.ts';
import { defaultLimits } from '../metadata/limits.ts';
import { parsePublicKey } from '../metadata/public-key.ts';
import { parseRoot, type TopLevelRole, topLevelRoles } from '../metadata/root.ts';
import { Scanner } from '../metadata/scanner.ts';
import { parseSnapshot, parseTimestamp } from '../metadata/snapshot.ts';
import { matchesPattern } from '../metadata/target-path.ts';
import { parseTargets, type Targets } from '../metadata/targets.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { answer } from '../repository/proof.ts';
import { checkThreshold } from '../trust/arbitrary-software.ts';
import { type Authority, delegatedAuthority, topLevelAuthority } from '../trust/authority.ts';
import { type CallName, type CallRequest, callNames } from './client-under-test.ts';
import { valuesOf } from './read-values.ts';
import { refusalOf } from './refusal.ts';
import { secondsOf } from './seconds.ts';

/** The members of an answer. */
export type AnswerMembers = { readonly [member: string]: PlainJson };
type Answerer = (request: CallRequest) => AnswerMembers | Promise<AnswerMembers>;

/**
 * Answers a question of the vectors.
 *
 * @throws TypeError for a request that has not the members of its call.
 */
export async function answerCall(request: CallRequest): Promise<AnswerMembers> {
  try {
    return await answerers[request.call](request);
  } catch (error) {
    return refusalOf(error);
  }
}

/** Whether a name is that of a call. */
export function isCallName(name: unknown): name is CallName {
  return (callNames as readonly unknown[]).includes(name);
}

const crypto = nodeCrypto();

const answerers: Readonly<Record<CallName, Answerer>> = {
  canonical: (request) => {
    const form = textOf(request, 'form') as CanonicalForm;
    const canonical = canonicalBytes(bytesOf(request, 'input'), form, defaultLimits.depth);
    return { result: 'accept', canonical: encodeBase64(canonical) };
  },

  read: (request) => {
    const document = readDocument(textOf(request, 'role'), bytesOf(request, 'input'), profileOf(request));
    return { result: 'accept', values: valuesOf(document), canonical: encodeBase64(document.message()) };
  },

  keyid: async (request) => {
    const key = keyOf(textOf(request, 'key'));
    return { keyid: encodeHex(await crypto.digest('sha256', key.canonical('olpc'))) };
  },

  verify: async (request) => {
    const { keytype, scheme, public: keyval } = usableKey(textOf(request, 'key'));
    const key = keyval === undefined ? undefined : parsePublicKey(keytype, scheme, keyval);
    const signature = Signed.signatureBytes({ keyid: '', sig: textOf(request, 'sig') });
    if (key === undefined || key.kind === 'unusable' || signature === undefined) return { verified: false };
    return { verified: (await crypto.verify(key, bytesOf(request, 'message'), signature)) === true };
  },

  threshold: async (request) => {
    const role = textOf(request, 'role');
    const profile = profileOf(request);
    const authority = authorityOf(encodeUtf8(textOf(request, 'delegator')), role, profile);
    const document = readDocument(role, bytesOf(request, 'document'), profile);
    await answer(checkThreshold(authority, document), crypto);
    return { result: 'accept' };
  },

  'date-time': (request) => {
    const value = parseJson(encodeUtf8(textOf(request, 'text')));
    const instant = typeof value === 'string' ? parseDateTime(value, profileOf(request) === 'strict') : undefined;
    return instant === undefined
      ? { result: 'reject', reason: 'malformed' }
      : { result: 'accept', ...secondsOf(instant) };
  },

  match: (request) => ({ matched: matchesPattern(textOf(request, 'pattern'), textOf(request, 'path')) }),

  bin: async (request) => {
    const path = textOf(request, 'path');
    const { bit_length: bitLength, name_prefix: namePrefix, path_hash_prefixes: pathHashPrefixes } = request;
    const role = { keyids: [], threshold: 1, terminating: false };
    if (Array.isArray(pathHashPrefixes)) {
      const prefixed = { ...role, name: 'bin', paths: undefined, pathHashPrefixes: pathHashPrefixes as string[] };
      const roles = await trustedWith({ keys: new Map(), roles: [prefixed], succinct: undefined }, path);
      return { matched: roles.length === 1 };
    }
    const succinct = { ...role, bitLength: Number(bitLength), namePrefix: String(namePrefix) };
    const [name = binName(succinct, 0)] = await trustedWith({ keys: new Map(), roles: [], succinct }, path);
    return { name };
  },

  url: (request) => {
    const { version, digest } = request;
    const url =
      request['role'] === undefined
        ? targetUrlPath(textOf(request, 'path'), digest === undefined ? undefined : textOf(request, 'digest'))
        : metadataUrlPath(textOf(request, 'role'), version === undefined ? undefined : Number(version));
    return { url };
  },
};

/** The names of the roles that are trusted with a path. */
async function trustedWith(delegations: Delegations, path: string): Promise<string[]> {
  const isDigested = needsPathDigest(delegations);
  const digest = isDigested ? encodeHex(await crypto.digest('sha256', encodeUtf8(path))) : '';
  return rolesForPath(delegations, path, digest).map(({ name }) => name);
}

function readDocument(role: string, bytes: Uint8Array, profile: Profile): Signed<DocumentHead> {
  if (role === 'root') return parseRoot(bytes, { profile });
  if (role === 'timestamp') return parseTimestamp(bytes, { profile });
  if (role === 'snapshot') return parseSnapshot(bytes, { profile });
  return parseTargets(bytes, role, { profile });
}

/** By which keys a delegator trusts a role. */
function authorityOf(delegator: Uint8Array, role: string, profile: Profile): Authority {
  if ((topLevelRoles as readonly string[]).includes(role)) {
    return topLevelAuthority(parseRoot(delegator, { profile }), role as TopLevelRole);
  }
  const targets: Signed<Targets> = parseTargets(delegator, 'targets', { profile });
  const { roles = [], succinct } = targets.signed.delegations ?? {};
  const delegated = succinct === undefined ? roles.find(({ name }) => name === role) : binNamed(succinct, role);
  if (delegated === undefined) throw new TypeError(`the delegator does not know the role ${JSON.stringify(role)}`);
  return delegatedAuthority(targets, delegated);
}

/** A bin by its name, whichever paths belong to it. */
function binNamed(succinct: SuccinctRoles, name: string): DelegatedRole | undefined {
  const bin = Number.parseInt(name.slice(name.lastIndexOf('-') + 1), 16);
  if (!(bin < 2 ** succinct.bitLength) || binName(succinct, bin) !== name) return undefined;
  const { keyids, threshold } = succinct;
  return { keyids, threshold, name, terminating: true, paths: undefined, pathHashPrefixes: undefined };
}

/** One key as it would stand in a list of keys. */
function keyOf(text: string): Key {
  const scanner = new Scanner(`{"":${text}}`, { role: 'key', depth: defaultLimits.depth });
  const keys = readKeys(scanner);
  scanner.finish();
  return [...keys.values()][0] as Key;
}

/** The same for a question that has no answer but yes or no: what is no key at all has no public part. */
function usableKey(text: string): Pick<Key, 'keytype' | 'scheme' | 'public'> {
  try {
    return keyOf(text);
  } catch (error) {
    refusalOf(error);
    return { keytype: '', scheme: '', public: undefined };
  }
}

function profileOf({ profile }: CallRequest): Profile {
  return profile === 'strict' ? 'strict' : 'default';
}

function textOf(request: CallRequest, name: string): string {
  const value = request[name];
  if (typeof value !== 'string') throw new TypeError(`${request.call} needs the text ${name}`);
  return value;
}

function bytesOf(request: CallRequest, name: string): Uint8Array {
  const bytes = decodeBase64(textOf(request, name));
  if (bytes === undefined) throw new TypeError(`${request.call} needs ${name} in base64`);
  return new Uint8Array(bytes);
}
