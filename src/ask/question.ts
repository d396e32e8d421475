import { decodeBase64, encodeBase64 } from '../metadata/base64.ts';
import { encodeHex } from '../metadata/hex.ts';
import { type Reader, readPositive } from '../metadata/members.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { readConstant, readDigest, readForm, readFormat, readList, readOnly, readPath, targetsMax } from './form.ts';

/** Bytes of a nonce. */
export const nonceBytes = 32;

/** What a client asks. */
export interface AnswerQuestion {
  /** {@link nonceBytes} random bytes that were never used before. */
  readonly nonce: Uint8Array;
  /** The pinned root: its version, and the SHA-256 of its bytes. */
  readonly root: { readonly version: number; readonly sha256: Uint8Array };
  /** The paths to decide on, each once; without them the state alone is asked for. */
  readonly targets?: readonly string[] | undefined;
}

/** The bytes of a question. */
export function writeQuestion({ nonce, root, targets }: AnswerQuestion): Uint8Array {
  const text = encodeBase64(nonce).replaceAll('+', '-').replaceAll('/', '_').replace('=', '');
  const repository = { root: root.version, sha256: encodeHex(root.sha256) };
  return encodeUtf8(JSON.stringify({ _type: 'tufa-question', version: 1, nonce: text, repository, targets }));
}

const readNonce: Reader<Uint8Array> = (scanner) => {
  const text = scanner.string();
  const bytes = text.length === 43 ? decodeBase64(`${text.replaceAll('-', '+').replaceAll('_', '/')}=`) : undefined;
  // The plain alphabet would be a second spelling.
  return bytes !== undefined && !/[+/]/.test(text)
    ? bytes
    : scanner.fail('expected 32 bytes in base64url without padding', scanner.valueAt);
};

const readTargets: Reader<string[]> = (scanner) => {
  const targets = readList(scanner, targetsMax, readPath);
  return targets.length > 0 && new Set(targets).size === targets.length
    ? targets
    : scanner.fail('expected at least one path, and each once', scanner.at - 1);
};

/**
 * Reads a question, as a server does.
 *
 * @throws {@link TufError} `ERR_TUF_MALFORMED`.
 */
export function readQuestion(bytes: Uint8Array): AnswerQuestion {
  return readForm(bytes, 'question', (scanner) => {
    const readers = {
      _type: readConstant('tufa-question'),
      version: readFormat,
      nonce: readNonce,
      repository: () => readOnly(scanner, { root: readPositive, sha256: readDigest }),
      targets: readTargets,
    };
    const { nonce, repository, targets } = readOnly(scanner, readers, 'targets');
    return { nonce, root: { version: repository.root, sha256: repository.sha256 }, targets };
  });
}
