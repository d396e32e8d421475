/**
 * The documents of `strict-reading` as sequences, for clients that are not asked what they read: the honest repository is
 * served with the document in place of one file.
 *
 * @module
 */

import { compareInstants, parseDateTime } from '../metadata/date-time.ts';
import type { PlainJson } from '../metadata/json.ts';
import type { CheckedJson } from './checked-json.ts';
import { comparable } from './same-values.ts';
import { type FileContent, fileAnswer, type Sequence, type ServedAnswer, type Step } from './sequence.ts';
import type { ReadDocument, Reading, Vector } from './vector.ts';

/** The honest repository that the documents are variations of. */
export interface HonestRepository {
  /** A time at which all of it is valid. */
  readonly time: string;
  readonly root: Uint8Array;
  readonly metadata: ReadonlyMap<string, Uint8Array>;
  readonly targets: ReadonlyMap<string, Uint8Array>;
}

/** A target that only the delegated role lists: asking for it is what has a client read that role. */
const delegatedTarget = 'packages/apple.txt';
/** The roles that the file of a document is named for; `packages` is the delegated one. */
const roleOfFile = /^(?:[0-9]+\.)?([a-z]+)\.json$/;

/** Reads `repository.json`. @throws {@link TufError} `ERR_TUF_MALFORMED`. */
export function readHonestRepository(place: CheckedJson): HonestRepository {
  if (place.at('schema').value !== 'repository/1') place.at('schema').fail('a schema that this version does not know');
  const files = (name: string) =>
    new Map(
      place
        .at(name)
        .members()
        .map(([path, file]) => [path, file.bytes()]),
    );
  return {
    time: place.at('time').text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    root: place.at('root').bytes(),
    metadata: files('metadata'),
    targets: files('targets'),
  };
}

/**
 * The sequence that asks a whole client to read a document, or why there is none.
 *
 * A document that must be refused must make the update fail. One that is read may still be refused by a whole client, for
 * its version, its keys or what it lists: it is asked only where everything that an update goes by is as in the honest
 * document.
 *
 * @param honest the honest document of the same role as its own vector reads it.
 * @param clock the machine's time, RFC 3339; where the repository is not valid then, the step has a clock of its own.
 */
export function sequenceOfReading(
  { document, cases }: Vector,
  repository: HonestRepository,
  honest: Reading | undefined,
  clock: string,
): Sequence | string {
  if (document === undefined) return 'no document';
  const verdict = cases.find(({ profile }) => profile === 'default')?.expected;
  if (verdict === undefined) return 'the default profile is not judged';
  const isRefused = verdict.rejected !== undefined;
  if (!isRefused && !isPlainVariation(document, honest)) {
    return 'a whole client may refuse this document for another reason than how it reads';
  }
  const reasons = (verdict.rejected ?? []) as Step['expect']['reasons'];
  const role = roleOfFile.exec(document.file)?.[1] ?? '';
  const trusted = isRefused ? (role === 'root' ? repository.root : null) : document.bytes;
  return oneStep(repository, clock, document, {
    result: isRefused ? 'reject' : 'accept',
    reasons,
    trusted: new Map([[role, trusted && { bytes: trusted }]]),
    targets: undefined,
    requests: undefined,
    exact: false,
  });
}

/** The honest repository itself, which every client has to accept for any of its refusals to count. */
export function honestSequence(repository: HonestRepository, clock: string): Sequence {
  const accepted: Step['expect'] = {
    result: 'accept',
    reasons: [],
    trusted: new Map(),
    targets: new Map([[delegatedTarget, { bytes: repository.targets.get(delegatedTarget) ?? new Uint8Array() }]]),
    requests: undefined,
    exact: false,
  };
  return oneStep(repository, clock, undefined, accepted);
}

function oneStep(
  repository: HonestRepository,
  clock: string,
  document: ReadDocument | undefined,
  expect: Step['expect'],
): Sequence {
  const files = new Map<string, FileContent>();
  const metadata = new Map<string, readonly ServedAnswer[]>();
  const isIt = (path: string): boolean => document !== undefined && roleOf(path) === roleOf(document.file);
  for (const [path, bytes] of repository.metadata) {
    // The first root is the pinned one; a document stands in for the second.
    const isReplaced = isIt(path) && path !== '1.root.json';
    const name = isReplaced ? 'input' : path;
    const content = isReplaced && document !== undefined ? { bytes: document.bytes } : { bytes };
    files.set(name, content);
    metadata.set(path, [fileAnswer(content, name)]);
  }
  const targets = [...repository.targets].map(([path, bytes]) => [path, [fileAnswer({ bytes }, path)]] as const);
  const isDelegated = document === undefined || document.role === 'delegated';
  const step: Step = {
    pin: undefined,
    time: isValidAt(repository, clock) ? undefined : repository.time,
    serve: { metadata, targets: new Map(targets) },
    disk: new Map(),
    diskTargets: new Map(),
    download: isDelegated ? [delegatedTarget] : undefined,
    expect,
  };
  return { root: repository.root, profile: 'default', files, steps: [step] };
}

function roleOf(path: string): string | undefined {
  return roleOfFile.exec(path)?.[1];
}

/** The year before the repository's own time to that time: some documents expire soon after. */
function isValidAt({ time }: HonestRepository, clock: string): boolean {
  const [first, last, now] = ['2026-01-01T00:00:00Z', time, clock].map((text) => parseDateTime(text));
  if (first === undefined || last === undefined || now === undefined) return false;
  return compareInstants(first, now) <= 0 && compareInstants(now, last) <= 0;
}

/**
 * Whether an update goes by nothing in which a document differs from the honest one: its version, its expiry, its keys and
 * roles, what it lists of the files that are fetched, and whether it is signed.
 */
function isPlainVariation({ reading, role }: ReadDocument, honest: Reading | undefined): boolean {
  if (reading === undefined || honest === undefined) return false;
  const isSame = (a: PlainJson | undefined, b: PlainJson | undefined): boolean =>
    comparable('values', { it: a ?? null }, undefined) === comparable('values', { it: b ?? null }, undefined);
  const isSigned = isSame([...reading.verifies].sort(), [...honest.verifies].sort());
  return isSigned && (membersOf[role] ?? []).every((name) => isSame(reading.values[name], honest.values[name]));
}

/** What an update goes by in each role, besides who has signed. */
const membersOf: Readonly<Record<string, readonly string[]>> = {
  root: ['version', 'expires', 'consistent_snapshot', 'keys', 'roles'],
  timestamp: ['version', 'expires', 'meta'],
  snapshot: ['version', 'expires', 'meta'],
  targets: ['version', 'expires'],
  delegated: ['version', 'expires', 'targets'],
};
