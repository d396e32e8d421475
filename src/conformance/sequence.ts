import { parseDateTime } from '../metadata/date-time.ts';
import type { CheckedJson } from './checked-json.ts';

/** The reasons by which a step may be refused, as the vectors name them. */
export const reasons = [
  'malformed',
  'wrong-type',
  'spec-version',
  'keyid-mismatch',
  'unsigned',
  'rollback',
  'expired',
  'version-mismatch',
  'hash-mismatch',
  'length-mismatch',
  'too-long',
  'missing-meta',
  'not-found',
  'too-many-roles',
  'transport',
] as const;

/** Why something was refused. */
export type Reason = (typeof reasons)[number];

/** A file of a vector: exact bytes, or one byte that is repeated. */
export type FileContent =
  | { readonly bytes: Uint8Array }
  /** `count` is at most 64 MiB. */
  | { readonly byte: number; readonly count: number };

/** Where an answer breaks off. */
export type BreakingPoint = 'before-headers' | 'after-headers' | 'mid-body';

/** One answer of the server. */
export interface ServedAnswer {
  /** 200 unless the vector says otherwise. */
  readonly status: number;
  /** Further headers. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: FileContent | undefined;
  /** How a report names the body. */
  readonly bodyName: string | undefined;
  /** A `Content-Length` that is wrong. */
  readonly contentLength: number | undefined;
  readonly chunked: boolean;
  readonly gzip: boolean;
  readonly endless: boolean;
  /** Most bytes of an endless answer that a client may take. */
  readonly most: number | undefined;
  readonly drop: BreakingPoint | undefined;
  readonly stall: BreakingPoint | undefined;
  /** `other-origin`, or a path below the base that begins with `metadata/` or `targets/`. */
  readonly redirect: string | undefined;
}

/** What changes on the server, by the path below the metadata and the targets URL as it stands in a request. */
export interface ServeChange {
  readonly metadata: ReadonlyMap<string, readonly ServedAnswer[] | null>;
  readonly targets: ReadonlyMap<string, readonly ServedAnswer[] | null>;
}

/** The four observables of a step. */
export interface StepExpectation {
  readonly result: 'accept' | 'reject';
  /** Any of these will do; empty where none is named. */
  readonly reasons: readonly Reason[];
  /** For each role that is judged the file that the client holds; `null`: none. */
  readonly trusted: ReadonlyMap<string, FileContent | null>;
  /** For each target path the file that was written; `null`: none. `undefined`: not judged. */
  readonly targets: ReadonlyMap<string, FileContent | null> | undefined;
  /** Every request in order; `undefined`: not judged. */
  readonly requests: readonly string[] | undefined;
  /** Whether files are compared by their bytes. */
  readonly exact: boolean;
}

/** A target file that is replaced on a client's disk. */
export interface TargetChange {
  /** The file that an earlier step has had written: names are the client's own. */
  readonly was: FileContent;
  readonly now: FileContent | null;
}

/** One step of a sequence: a process of its own, in a client that is a command. */
export interface Step {
  /** Another pinned root, given before the step. */
  readonly pin: Uint8Array | undefined;
  /** The clock, `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly time: string | undefined;
  readonly serve: ServeChange;
  /** Changes among the client's metadata files before the step. */
  readonly disk: ReadonlyMap<string, FileContent | null>;
  /** By target path: what stands on the disk in place of the file that was written for it; `null`: nothing. */
  readonly diskTargets: ReadonlyMap<string, TargetChange>;
  /** The targets that are downloaded after the refresh; none for a refresh alone. */
  readonly download: readonly string[] | undefined;
  readonly expect: StepExpectation;
}

/** A server, what it answers at each step, and what a client must have done after each. */
export interface Sequence {
  /** The pinned root. */
  readonly root: Uint8Array;
  /** `strict`: for clients that know that profile. */
  readonly profile: 'default' | 'strict';
  readonly steps: readonly Step[];
  /** Every file with its name, for reports. */
  readonly files: ReadonlyMap<string, FileContent>;
}

/** Whether a sequence begins with a step that an honest client accepts, so that its refusals have a control. */
export function beginsAccepted(sequence: Sequence): boolean {
  return sequence.steps[0]?.expect.result === 'accept';
}

/** The root that is given before a step; `undefined`: none. */
export function pinnedAt({ root, steps }: Sequence, i: number): Uint8Array | undefined {
  return steps[i]?.pin ?? (i === 0 ? root : undefined);
}

/** Whether any step is to be refused. */
export function hasRefusal({ steps }: Sequence): boolean {
  return steps.some(({ expect }) => expect.result === 'reject');
}

/** The bytes of a file. */
export function contentBytes(content: FileContent): Uint8Array {
  return 'bytes' in content ? content.bytes : new Uint8Array(content.count).fill(content.byte);
}

const stepsMax = 512;
const filesMax = 4096;
const repeatedMax = 64 * 1024 * 1024;
const placesOfBreaking: readonly BreakingPoint[] = ['before-headers', 'after-headers', 'mid-body'];
const namesOnDisk = ['root.json', 'timestamp.json', 'snapshot.json', 'targets.json'] as const;

/** A header's name and value that cannot begin another header. */
const headerName = /^[A-Za-z0-9-]{1,64}$/;
const headerValue = /^[ -~]{0,1024}$/;

/**
 * Reads the member `sequence` of a vector.
 *
 * @throws {@link TufError} `ERR_TUF_MALFORMED` with file and pointer.
 */
export function readSequence(place: CheckedJson): Sequence {
  place.only('root', 'profile', 'files', 'steps');
  const files = new Map(
    place
      .at('files')
      .members(filesMax)
      .map(([name, file]) => [name, readContent(file)]),
  );
  const root = fileNamed(place.at('root'), files);
  const steps = place.at('steps').items(1, stepsMax);
  const written = new Map<string, FileContent>();
  return {
    root: contentBytes(root),
    profile: place.maybe('profile')?.choice(['strict'] as const) ?? 'default',
    files,
    steps: steps.map((step) => readStep(step, files, written)),
  };
}

type Files = ReadonlyMap<string, FileContent>;

function readContent(place: CheckedJson): FileContent {
  place.only('text', 'base64', 'byte', 'count');
  const [one] = place.members();
  if (place.has('byte')) {
    return { byte: place.at('byte').integer(0, 255), count: place.at('count').integer(0, repeatedMax) };
  }
  if (place.members().length !== 1 || one === undefined) return place.fail('expected text, base64, or byte and count');
  const [kind, value] = one;
  return { bytes: kind === 'text' ? new Uint8Array(Buffer.from(value.text(), 'utf8')) : value.bytes() };
}

function fileNamed(place: CheckedJson, files: Files): FileContent {
  return files.get(place.text()) ?? place.fail('no file of this name');
}

function fileOrNull(place: CheckedJson, files: Files): FileContent | null {
  return place.isNull ? null : fileNamed(place, files);
}

/** @param written what earlier steps have had written, by target path; what this one does is added. */
function readStep(place: CheckedJson, files: Files, written: Map<string, FileContent>): Step {
  place.only('pin', 'time', 'serve', 'disk', 'do', 'expect');
  const pin = place.maybe('pin');
  const time = place.maybe('time');
  const disk = place.maybe('disk')?.only('metadata', 'targets');
  const diskTargets = readDiskTargets(disk?.maybe('targets'), files, written);
  const expect = readExpectation(place.at('expect'), files);
  for (const [path, file] of expect.targets ?? []) if (file !== null) written.set(path, file);
  return {
    pin: pin && contentBytes(fileNamed(pin, files)),
    time: time && readClock(time),
    serve: readServe(place.maybe('serve'), files),
    disk: readDisk(disk?.maybe('metadata'), files),
    diskTargets,
    download: readDo(place.at('do')),
    expect,
  };
}

function readClock(place: CheckedJson): string {
  const text = place.text();
  return parseDateTime(text, true) === undefined ? place.fail('expected a time like 2030-01-01T00:00:00Z') : text;
}

function readDo(place: CheckedJson): readonly string[] | undefined {
  if (place.isText) {
    place.choice(['refresh']);
    return undefined;
  }
  const paths = place.only('download').at('download').items(1, 64);
  return paths.map((path) => path.text());
}

function readServe(place: CheckedJson | undefined, files: Files): ServeChange {
  place?.only('metadata', 'targets');
  const read = (name: 'metadata' | 'targets') => {
    const entries = place?.maybe(name)?.members(filesMax) ?? [];
    return new Map(entries.map(([path, answer]) => [path, readAnswers(answer, files)]));
  };
  return { metadata: read('metadata'), targets: read('targets') };
}

function readAnswers(place: CheckedJson, files: Files): readonly ServedAnswer[] | null {
  if (place.isNull) return null;
  return place.isArray ? place.items(1, 1024).map((each) => readAnswer(each, files)) : [readAnswer(place, files)];
}

const plainAnswer: Omit<ServedAnswer, 'body' | 'bodyName'> = {
  status: 200,
  headers: [],
  contentLength: undefined,
  chunked: false,
  gzip: false,
  endless: false,
  most: undefined,
  drop: undefined,
  stall: undefined,
  redirect: undefined,
};

/** A file as it is. */
export function fileAnswer(body: FileContent, bodyName: string): ServedAnswer {
  return { ...plainAnswer, body, bodyName };
}

function readAnswer(place: CheckedJson, files: Files): ServedAnswer {
  if (place.isText) return fileAnswer(fileNamed(place, files), place.text());
  place.only(
    ...['body', 'status', 'headers', 'contentLength', 'chunked', 'gzip', 'endless', 'most', 'drop', 'stall'],
    'redirect',
  );
  const body = place.maybe('body');
  const redirect = place.maybe('redirect')?.text(/^(other-origin|(metadata|targets)\/[!-~]*)$/);
  const headers = place.maybe('headers')?.members(64) ?? [];
  return {
    body: body && fileNamed(body, files),
    bodyName: body?.text(),
    status: place.maybe('status')?.integer(200, 599) ?? (redirect === undefined ? 200 : 302),
    headers: headers.map(([name, value]) => [
      headerName.test(name) ? name : value.fail('no header is named so'),
      value.text(headerValue),
    ]),
    contentLength: place.maybe('contentLength')?.integer(0, Number.MAX_SAFE_INTEGER),
    chunked: place.maybe('chunked')?.isTrue() ?? false,
    gzip: place.maybe('gzip')?.isTrue() ?? false,
    endless: place.maybe('endless')?.isTrue() ?? false,
    most: place.maybe('most')?.integer(0, Number.MAX_SAFE_INTEGER),
    drop: place.maybe('drop')?.choice(placesOfBreaking),
    stall: place.maybe('stall')?.choice(placesOfBreaking),
    redirect,
  };
}

function readDisk(place: CheckedJson | undefined, files: Files): Step['disk'] {
  const entries = place?.only(...namesOnDisk).members() ?? [];
  return new Map(entries.map(([name, file]) => [name, fileOrNull(file, files)]));
}

function readDiskTargets(
  place: CheckedJson | undefined,
  files: Files,
  written: ReadonlyMap<string, FileContent>,
): Step['diskTargets'] {
  const entries = place?.members(filesMax) ?? [];
  return new Map(
    entries.map(([path, file]) => {
      const was = written.get(path) ?? file.fail('no earlier step has this target written');
      return [path, { was, now: fileOrNull(file, files) }];
    }),
  );
}

function readExpectation(place: CheckedJson, files: Files): StepExpectation {
  place.only('result', 'reason', 'trusted', 'targets', 'requests', 'exact');
  const result = place.at('result').choice(['accept', 'reject']);
  const reason = place.maybe('reason');
  if (reason !== undefined && result === 'accept') reason.fail('what is accepted has no reason');
  const named = (entries: CheckedJson | undefined) =>
    new Map((entries?.members(filesMax) ?? []).map(([name, file]) => [name, fileOrNull(file, files)]));
  const targets = place.maybe('targets');
  return {
    result,
    reasons:
      reason === undefined ? [] : (reason.isArray ? reason.items(1) : [reason]).map((each) => each.choice(reasons)),
    trusted: named(place.maybe('trusted')),
    targets: targets && named(targets),
    requests: place
      .maybe('requests')
      ?.items(0, 100_000)
      .map((each) => each.text(/^(metadata|targets)\//)),
    exact: place.maybe('exact')?.isTrue() ?? false,
  };
}
