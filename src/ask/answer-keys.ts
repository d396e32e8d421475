import { TufError } from '../errors.ts';
import { encodeHex } from '../metadata/hex.ts';
import { Key } from '../metadata/key.ts';
import { readString } from '../metadata/members.ts';
import type { PublicKey } from '../metadata/public-key.ts';
import type { Root } from '../metadata/root.ts';
import type { Scanner } from '../metadata/scanner.ts';
import type { TargetFile, Targets } from '../metadata/targets.ts';
import { digest, type Proof, publicKeyOf } from '../trust/question.ts';
import type { Trusted } from '../trust/trusted.ts';
import { readAnswered, readConstant, readFormat, readList, readOnly } from './form.ts';

/** The target that lists the answer keys. */
export const answerKeysPath = 'tufa/answer-keys.json';
/** Bytes of it. */
export const answerKeysBytesMax = 65_536;
/** Keys that it may list. */
const answerKeysMax = 16;

/** The keys that may answer, by the SHA-256 of their key objects as listed. */
export interface AnswerKeys {
  readonly keys: ReadonlyMap<string, PublicKey>;
  /** SHA-256 of the list: whoever vouched for a time is forgotten with it. */
  readonly sha256: Uint8Array;
}

/**
 * What the *top-level* targets role lists: no delegation is searched, or a delegate of `*` could appoint itself.
 *
 * @throws {@link TufError} `ERR_TUF_ANSWER_KEY` where it lists none.
 */
export function listedAnswerKeys(targets: Trusted<Targets>): TargetFile {
  const file = targets.signed.targets.get(answerKeysPath);
  if (file !== undefined) return file;
  throw refused('the top-level targets role lists no answer keys', 'the operator has to run tufa ask authorize');
}

/**
 * Reads the list, in bytes that are held against the listed digests already, and holds its keys against those of the roles: a
 * key of root, or of a role that the top-level targets role delegates to, would have two powers on one machine.
 *
 * @throws {@link TufError} `ERR_TUF_ANSWER_MALFORMED`, `ERR_TUF_ANSWER_KEY`.
 */
export function* trustAnswerKeys(bytes: Uint8Array, root: Trusted<Root>, targets: Trusted<Targets>): Proof<AnswerKeys> {
  const { keys: listed } = readAnswered(bytes, answerKeysPath, (scanner) =>
    readOnly(scanner, {
      _type: readConstant('tufa-answer-keys'),
      version: readFormat,
      keys: () => readList(scanner, answerKeysMax, readAnswerKey),
    }),
  );
  const ofRoles = new Set<string>();
  for (const key of [...root.signed.keys.values(), ...(targets.signed.delegations?.keys.values() ?? [])]) {
    const publicKey = yield* publicKeyOf(key);
    if (publicKey.kind !== 'unusable') ofRoles.add(publicKey.identity);
  }
  const keys = new Map<string, PublicKey>();
  for (const key of listed) {
    const publicKey = yield* publicKeyOf(key);
    if (publicKey.kind === 'unusable') continue;
    const keyid = encodeHex(yield* digest('sha256', key.canonical('olpc')));
    if (ofRoles.has(publicKey.identity))
      throw refused(
        `the answer key ${keyid} is a key of a role, too`,
        'its operator has to make one of its own',
        keyid,
      );
    keys.set(keyid, publicKey);
  }
  if (keys.size === 0) throw refused('no key of the list can be used', 'its operator has to list an Ed25519 key');
  return { keys, sha256: yield* digest('sha256', bytes) };
}

function readAnswerKey(scanner: Scanner): Key {
  scanner.peek();
  const { at } = scanner;
  const { keytype, scheme, keyval } = readOnly(scanner, {
    keytype: readString,
    scheme: readString,
    keyval: () => readOnly(scanner, { public: readString }),
  });
  return new Key('', keytype, scheme, keyval.public, scanner.text.slice(at, scanner.at), scanner.depthMax);
}

function refused(problem: string, hint: string, keyid?: string): TufError<'ERR_TUF_ANSWER_KEY'> {
  return new TufError('ERR_TUF_ANSWER_KEY', `answer: ${problem}`, { path: answerKeysPath, keyid }, { hint });
}
