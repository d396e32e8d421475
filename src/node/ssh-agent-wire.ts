/**
 * The forms of SSH that an agent's keys and signatures come in (RFC 4251, section 5; RFC 5656, section 3.1; RFC 8709), and
 * what TUF makes of them.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { decodeBase64 } from '../metadata/base64.ts';
import { derInteger, derSequence } from '../metadata/der-writer.ts';
import { encodeHex } from '../metadata/hex.ts';
import { type PublicKey, parsePublicKey, type UnusableKey } from '../metadata/public-key.ts';

/** Reads the parts of a message one after another. `undefined` says that it ends too early; it stays so from then on. */
export class SshReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #isBroken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  uint32(): number | undefined {
    const four = this.#take(4);
    return four && new DataView(four.buffer, four.byteOffset, 4).getUint32(0);
  }

  /** A view of a string's bytes. */
  string(): Uint8Array | undefined {
    const length = this.uint32();
    return length === undefined ? undefined : this.#take(length);
  }

  /** A string of ASCII, as names are; another one is broken. */
  name(): string | undefined {
    const bytes = this.string();
    if (bytes?.every((byte) => byte > 0x20 && byte < 0x7f) === true) return Buffer.from(bytes).toString('latin1');
    this.#isBroken = true;
    return undefined;
  }

  /** Whether everything was read, and nothing was missing. */
  get isAtEnd(): boolean {
    return !this.#isBroken && this.#at === this.#bytes.length;
  }

  #take(length: number): Uint8Array | undefined {
    if (this.#isBroken || length > this.#bytes.length - this.#at) {
      this.#isBroken = true;
      return undefined;
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

/** A string: its length and its bytes. */
export function sshString(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([uint32(bytes.length), bytes]);
}

export function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** What `ssh-keygen -l` calls a key. */
export function sshFingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** Whether a key blob is a certificate: it stands beside its key in an agent, and signs what the key signs. */
export function isSshCertificate(blob: Uint8Array): boolean {
  return /-cert-v\d+@openssh\.com$/.test(new SshReader(blob).name() ?? '');
}

const curves = {
  'ecdsa-sha2-nistp256': { name: 'nistp256', size: 32 },
  'ecdsa-sha2-nistp384': { name: 'nistp384', size: 48 },
} as const;

/** The key in a blob, or why TUF cannot use it. */
export function readSshKey(blob: Uint8Array): PublicKey | UnusableKey {
  const reader = new SshReader(blob);
  const type = reader.name() ?? '';
  const refusal = refusalOf(type);
  if (refusal !== undefined) return { kind: 'unusable', reason: refusal };
  const malformed: UnusableKey = { kind: 'unusable', reason: 'its public half is malformed' };
  const curve = type === 'ssh-ed25519' ? undefined : curves[type as keyof typeof curves];
  if (curve !== undefined && reader.name() !== curve.name) return malformed;
  const point = reader.string();
  if (point === undefined || !reader.isAtEnd) return malformed;
  // Another length is another form of the key, which would have another keyid.
  if (point.length !== (curve === undefined ? 32 : 1 + 2 * curve.size)) return malformed;
  return curve === undefined
    ? parsePublicKey('ed25519', 'ed25519', encodeHex(point))
    : parsePublicKey('ecdsa', type, encodeHex(point));
}

function refusalOf(type: string): string | undefined {
  if (type === 'ssh-ed25519' || Object.hasOwn(curves, type)) return undefined;
  if (type === 'ssh-rsa') return 'agents sign with RSA as PKCS#1 v1.5, and the RSA of TUF is PSS';
  if (type.startsWith('sk-')) {
    return 'the token behind an sk- key signs its own wrapping of the message, which no TUF client verifies';
  }
  if (/ml-?dsa/.test(type)) return 'an SSH agent wraps what a key of ML-DSA signs, and TUF has no such signatures';
  return `TUF has no keys of the type ${type === '' ? 'that it says' : type}`;
}

/** The key in a line of OpenSSH: `ssh-ed25519 AAAA… comment`. `undefined` where it is none. */
export function readSshPublicKey(line: string): PublicKey | UnusableKey | undefined {
  const [, type, base64] = /^([a-z0-9@.-]+) ([A-Za-z0-9+/]+=*)(?: [^\r\n]*)?$/.exec(line) ?? [];
  const blob = base64 === undefined ? undefined : decodeBase64(base64);
  if (blob === undefined || new SshReader(blob).name() !== type) return undefined;
  return readSshKey(blob);
}

/**
 * The bytes that metadata carries of a signature blob: 64 bytes of Ed25519, and for ECDSA the DER of the two integers,
 * which SSH writes as `mpint`s. `undefined` for every other blob.
 *
 * @spec A-55
 */
export function readSshSignature(blob: Uint8Array, type: string): Uint8Array | undefined {
  const reader = new SshReader(blob);
  if (reader.name() !== type) return undefined;
  const signature = reader.string();
  if (signature === undefined || !reader.isAtEnd) return undefined;
  if (!Object.hasOwn(curves, type)) return signature.length === 64 ? signature : undefined;
  const integers = new SshReader(signature);
  const [r, s] = [magnitude(integers.string()), magnitude(integers.string())];
  if (r === undefined || s === undefined || !integers.isAtEnd) return undefined;
  const { size } = curves[type as keyof typeof curves];
  return r.length > size || s.length > size ? undefined : derSequence(derInteger(r), derInteger(s));
}

/** The digits of an `mpint` above zero: two's complement, as short as it can be. */
function magnitude(bytes: Uint8Array | undefined): Uint8Array | undefined {
  const [first, second] = bytes ?? [];
  if (bytes === undefined || first === undefined || first >= 0x80) return undefined;
  if (first > 0) return bytes;
  return second !== undefined && second >= 0x80 ? bytes.subarray(1) : undefined;
}

/** The type of the key in a blob. */
export function sshTypeOf(blob: Uint8Array): string {
  return new SshReader(blob).name() ?? '';
}
