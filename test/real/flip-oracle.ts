/**
 * Whether a changed file has to be refused, decided without the sources: by the platform's JSON, an encoder of the canonical
 * form and the platform's verification.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { olpc } from '../simulator/olpc.ts';
import type { Doc } from '../simulator/simulator.ts';
import { type RealRepository, rootPath } from './real-repository.ts';

/** Who has to sign a file: keys by keyid, each with what tells it from others, and how many of them. */
interface Signers {
  readonly keys: ReadonlyMap<string, { readonly key: KeyObject; readonly identity: string }>;
  readonly threshold: number;
}

/** Answers for one file of a repository, whatever is done to it. */
export class FlipOracle {
  readonly #signed: Buffer | undefined;
  readonly #value: unknown;
  readonly #signers: readonly Signers[];
  readonly #verdicts = new Map<string, boolean>();

  constructor(repository: RealRepository, path: string) {
    if (path.startsWith('targets/')) {
      this.#signers = [];
      return;
    }
    this.#value = readJson(repository.files.get(path) as Uint8Array).signed;
    this.#signed = Buffer.from(olpc(this.#value));
    this.#signers = signersOf(repository, path);
  }

  /** True when whoever accepts these bytes in place of the file trusts what nobody signed. */
  mustBeRefused(bytes: Uint8Array): boolean {
    if (this.#signed === undefined) return true;
    let document: Doc;
    try {
      document = readJson(bytes);
      const isEqual = isDeepStrictEqual(document.signed, this.#value);
      if (!isEqual && Buffer.compare(olpc(document.signed), this.#signed) !== 0) return true;
    } catch {
      // No JSON at all, or nothing in it that could be signed.
      return true;
    }
    const { signatures } = document;
    return (
      !Array.isArray(signatures) ||
      this.#signers.some((signers) => this.#count(signers, signatures) < signers.threshold)
    );
  }

  /** How many different keys have truly signed what the file says. */
  #count({ keys }: Signers, signatures: readonly Doc[]): number {
    const signed = new Set<string>();
    for (const { keyid, sig } of signatures.filter((each) => typeof each === 'object' && each !== null)) {
      const listed = keys.get(keyid);
      if (listed === undefined || typeof sig !== 'string' || !/^(?:[0-9a-f]{2})+$/i.test(sig)) continue;
      if (this.#isTrue(keyid, listed.key, sig)) signed.add(listed.identity);
    }
    return signed.size;
  }

  #isTrue(keyid: string, key: KeyObject, sig: string): boolean {
    const name = `${keyid} ${sig.toLowerCase()}`;
    let verdict = this.#verdicts.get(name);
    if (verdict === undefined) {
      verdict = verify('sha256', this.#signed as Buffer, key, Buffer.from(sig, 'hex'));
      this.#verdicts.set(name, verdict);
    }
    return verdict;
  }
}

function readJson(bytes: Uint8Array): Doc {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
}

function signersOf(repository: RealRepository, path: string): Signers[] {
  const document = (name: string): Doc => readJson(repository.files.get(name) as Uint8Array).signed;
  const version = Number(/^metadata\/(\d+)\.root\.json$/.exec(path)?.[1] ?? 0);
  if (version > 0) {
    const roots = version === 1 ? [1] : [version - 1, version];
    return roots.map((each) => signersIn(document(rootPath(each)).keys, document(rootPath(each)).roles.root));
  }
  const role = path.replace(/^metadata\/(?:\d+\.)?/, '').replace(/\.json$/, '');
  const root = document(rootPath(repository.roots));
  if (Object.hasOwn(root.roles, role)) return [signersIn(root.keys, root.roles[role])];
  const { delegations } = document(`metadata/${repository.versions.targets}.targets.json`);
  return [
    signersIn(
      delegations.keys,
      delegations.roles.find(({ name }: Doc) => name === role),
    ),
  ];
}

function signersIn(listed: Doc, role: Doc): Signers {
  const keys = new Map<string, { key: KeyObject; identity: string }>();
  for (const keyid of role.keyids) {
    const text: string | undefined = listed[keyid]?.keyval.public;
    if (text === undefined) continue;
    const key = text.startsWith('04') ? keyOfPoint(text) : createPublicKey(text);
    keys.set(keyid, { key, identity: key.export({ type: 'spki', format: 'der' }).toString('hex') });
  }
  return { keys, threshold: role.threshold };
}

function keyOfPoint(hex: string): KeyObject {
  const [x, y] = [hex.slice(2, 66), hex.slice(66)].map((part) => Buffer.from(part, 'hex').toString('base64url'));
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y } as never, format: 'jwk' });
}
