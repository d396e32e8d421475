/**
 * Private keys by URI. What a URI names is looked up when it is opened; the URI itself holds no secret.
 *
 * @module
 */
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { PublicKeyObject } from '../metadata/public-key-writer.ts';
import type { Signer } from '../repository/signer.ts';
import { execAbsence, execSigner, parseExecAddress } from './exec-signer.ts';
import { fileSigner, keyFileBytesMax } from './key-file.ts';
import { parsePrivateKey, type ReadPrivateKeyOptions } from './private-key.ts';
import { KeySigner } from './signer.ts';
import { signerError } from './signer-error.ts';
import { keyidOf, type RsaHash, SignatureProof } from './signer-public-key.ts';
import type { AgentCall } from './ssh-agent.ts';
import { agentSigner } from './ssh-agent-signer.ts';

/** What opening a signer may need, whatever its URI. */
export interface OpenSignerOptions extends Pick<ReadPrivateKeyOptions, 'passphrase'> {
  /** The public half. Required for `exec:`; where the key is found with its public half, that has to be this one. */
  readonly publicKey?: PublicKeyObject | undefined;
  /** The keyid that the public half has to have. */
  readonly keyid?: string | undefined;
  /** The digest of an RSA key's scheme, for `file:` and `env:`; `sha256` by default. */
  readonly rsaHash?: RsaHash | undefined;
  /** Where relative paths begin, and where a program runs. The working folder by default. */
  readonly folder?: string | undefined;
  /** In place of `process.env`: for `env:`, `SSH_AUTH_SOCK`, `PATH`, and what a program sees. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Ends what is going on, now and in each signature; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for one answer of an agent (120,000) or one run of a program (60,000). */
  readonly timeoutMs?: number | undefined;
  /** Takes what a program says on stderr while it runs, line by line: foreign text, to be escaped where it is shown. */
  readonly onNotice?: ((line: string) => void) | undefined;
  /** More kinds of keys, by scheme. */
  readonly kinds?: Readonly<Record<string, SignerKind>> | undefined;
}

/** A kind of keys. Failures are `ERR_TUF_SIGNER`, and hold no secret. */
export interface SignerKind {
  /** Opens the key. `uri` is `SCHEME:address`. What the signer gives is verified by whoever called {@link openSigner}. */
  open(address: string, uri: string, options: OpenSignerOptions): Promise<Signer>;
  /** Why the key is not at hand, in a few words; `undefined` where it is, as far as can be seen without using it. */
  absence(address: string, uri: string, options: OpenSignerOptions): Promise<string | undefined>;
}

/**
 * The signer of the key that a URI names. Every signature is verified with the signer's public half before it is given.
 *
 * | URI | is |
 * | --- | --- |
 * | `file:PATH` | a key file: PEM of PKCS#8, encrypted or not |
 * | `env:NAME` | the same text in an environment variable |
 * | `ssh-agent:KEYID`, `ssh-agent:SHA256:…`, `ssh-agent:COMMENT` | an Ed25519 or ECDSA key in the agent at `SSH_AUTH_SOCK` |
 * | `exec:PROGRAM?arg=…&arg=…` | any program that takes the message on stdin and prints the raw signature |
 *
 * @example
 * ```ts
 * const alice = await openSigner('ssh-agent:alice@laptop');
 * const token = await openSigner('exec:sign-by-token?arg=root', { publicKey: await readPublicKeyFile('root.pem') });
 * ```
 * @throws TufError `ERR_TUF_SIGNER` with the URI and what to do, also by each signature.
 */
export async function openSigner(uri: string, options: OpenSignerOptions = {}): Promise<Signer> {
  options.signal?.throwIfAborted();
  const { kind, address } = kindOf(uri, options);
  const signer = await kind.open(address, uri, options);
  const keyid = keyidOf(signer.key);
  const expected = options.keyid ?? (options.publicKey && keyidOf(options.publicKey));
  if (expected !== undefined && expected !== keyid) {
    const hint = `give the key back its place, or import it anew if it was meant to change; its keyid is ${keyid}`;
    throw signerError(uri, `is another key than ${expected}`, hint);
  }
  const proof = new SignatureProof(signer.key, uri);
  return {
    key: signer.key,
    sign: async (message, purpose) => {
      if (!(message instanceof Uint8Array)) throw new TypeError('a message is a Uint8Array');
      options.signal?.throwIfAborted();
      const signature = Uint8Array.from(await signer.sign(message, purpose));
      if (await proof.isBy(message, signature)) return signature;
      throw signerError(uri, `gave no signature by ${keyid}`, await proof.advice(message, signature));
    },
  };
}

/**
 * The public half of the key that a URI names. An encrypted file has to be decrypted for it; an agent is asked; for a
 * program it is what `options.publicKey` says, and nothing is started.
 *
 * @throws TufError `ERR_TUF_SIGNER`.
 */
export async function publicKeyAt(uri: string, options: OpenSignerOptions = {}): Promise<PublicKeyObject> {
  const { kind, address } = kindOf(uri, options);
  if (kind !== signerKinds['exec']) return (await openSigner(uri, options)).key;
  parseExecAddress(address, uri);
  const key = publicHalf(uri, options);
  new SignatureProof(key, uri);
  return key;
}

/**
 * Why the key that a URI names is not at hand, in a few words, or `undefined` where it is: the file is there, the variable
 * is set, the agent holds it, the program is there. Asks nobody for a passphrase and starts nothing.
 */
export async function signerAbsence(uri: string, options: OpenSignerOptions = {}): Promise<string | undefined> {
  const { kind, address } = kindOf(uri, options);
  return kind.absence(address, uri, options);
}

/** The scheme of a URI: at least two letters, so that the drive of a Windows path is none. */
export function signerScheme(uri: string): string | undefined {
  return /^([a-z][a-z0-9+.-]+):/.exec(uri)?.[1];
}

/** The path of `file:PATH` or `file:///PATH`, taken literally. */
export function filePathOf(uri: string): string {
  return uri.replace(/^file:(\/\/(?=\/))?/, '');
}

const agentTimeoutMs = 120_000;
const programTimeoutMs = 60_000;

/** The kinds of keys that tufa knows, by scheme. */
export const signerKinds: Readonly<Record<string, SignerKind>> = {
  file: {
    open: (_, uri, { folder = '.', passphrase, rsaHash }) =>
      fileSigner(resolve(folder, filePathOf(uri)), { passphrase, rsaHash }),
    absence: (_, uri, { folder = '.' }) =>
      access(resolve(folder, filePathOf(uri))).then(
        () => undefined,
        () => 'there is no such file', // or none that may be reached, which opening it tells
      ),
  },
  env: {
    open: async (name, uri, options) => {
      const pem = variable(name, uri, options);
      if (pem === undefined) {
        throw signerError(uri, 'is not set', 'set the variable to the private key as PEM, encrypted or not');
      }
      const { passphrase, rsaHash } = options;
      return new KeySigner(await parsePrivateKey(pem, { passphrase, uri }), { rsaHash, uri });
    },
    absence: async (name, uri, options) => (variable(name, uri, options) === undefined ? 'it is not set' : undefined),
  },
  'ssh-agent': {
    open: async (name, uri, options) => {
      if (name === '') throw signerError(uri, 'names no key', 'name it as ssh-add -l does: ssh-agent:SHA256:…');
      if (options.publicKey?.keytype === 'ml-dsa') {
        const hint = 'keep the key in a file, or behind a program: file: or exec:';
        throw signerError(uri, 'is a key of ML-DSA, which SSH agents do not have', hint);
      }
      return agentSigner(name, agentCall(uri, options));
    },
    absence: (name, uri, options) =>
      agentSigner(name, agentCall(uri, options)).then(
        () => undefined,
        (error: unknown) => {
          options.signal?.throwIfAborted();
          return (error as Error).message.replace(`${uri} `, 'it ');
        },
      ),
  },
  exec: {
    open: async (address, uri, options) => {
      const { timeoutMs = programTimeoutMs, signal, onNotice } = options;
      const call = { uri, ...placeOf(options), timeoutMs, signal, onNotice };
      return execSigner(address, publicHalf(uri, options), call);
    },
    absence: async (address, uri, options) => execAbsence(address, { uri, ...placeOf(options) }),
  },
};

function kindOf(
  uri: string,
  { kinds = {} }: OpenSignerOptions,
): { readonly kind: SignerKind; readonly address: string } {
  const scheme = signerScheme(uri) ?? '';
  const known = { ...kinds, ...signerKinds };
  const kind = Object.hasOwn(known, scheme) ? known[scheme] : undefined;
  if (kind !== undefined) return { kind, address: uri.slice(scheme.length + 1) };
  const forms = Object.keys(known).map((name) => `${name}:`);
  throw signerError(uri, 'is no URI of a key that is known here', `begin it with one of ${forms.join(', ')}`);
}

function variable(name: string, uri: string, { env = process.env }: OpenSignerOptions): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) {
    throw signerError(uri, 'names no environment variable', 'write env:NAME, with letters, digits and _');
  }
  const text = Object.hasOwn(env, name) ? env[name] : undefined;
  if (text === undefined || text.trim() === '') return undefined;
  if (text.length > keyFileBytesMax) {
    throw signerError(uri, `is longer than ${keyFileBytesMax} characters`, 'set it to one private key as PEM');
  }
  // Where a variable can have but one line, a newline is written as two characters, neither of which PEM has together.
  return text.includes('\n') ? text : text.replaceAll('\\n', '\n');
}

function placeOf({ env = process.env, folder = '.' }: OpenSignerOptions) {
  return { env, folder: resolve(folder) };
}

function agentCall(
  uri: string,
  { env = process.env, timeoutMs = agentTimeoutMs, signal }: OpenSignerOptions,
): AgentCall {
  return { uri, socket: env['SSH_AUTH_SOCK'], timeoutMs, signal };
}

function publicHalf(uri: string, { publicKey }: OpenSignerOptions): PublicKeyObject {
  if (publicKey !== undefined) return publicKey;
  const hint = 'a program signs and tells nothing: give the file of the public half with --public-key';
  throw signerError(uri, 'needs its public half', hint);
}
