/**
 * The families of calls: how their vectors become questions with the answers that are expected.
 *
 * @module
 */
import { type PlainJson, plainJson } from '../metadata/json.ts';
import type { CheckedJson } from './checked-json.ts';
import type { CallName, CallRequest } from './client-under-test.ts';
import type { ReadDocument, Reading } from './vector.ts';

/** The answer that is expected of a call. */
export interface ExpectedAnswer {
  /** A refusal, with any of these reasons; empty where none is named. */
  readonly rejected: readonly string[] | undefined;
  /** Members that the answer must have, with these values. */
  readonly members: { readonly [name: string]: PlainJson };
  /** Members that are compared where the answer has them. */
  readonly ifSaid: { readonly [name: string]: PlainJson };
}

/** One question with its answer. */
export interface CallCase {
  /** The form or profile, where the family has several: only clients that know it are asked. */
  readonly form: string | undefined;
  readonly profile: string | undefined;
  readonly request: CallRequest;
  readonly expected: ExpectedAnswer;
  /** Whether refusing everything would pass it. */
  readonly isRefusal: boolean;
}

/** What a vector of a family of calls consists of, besides the members that all vectors have. */
interface CallCases {
  readonly cases: readonly CallCase[];
  /** The members that were read. */
  readonly members: readonly string[];
  readonly document: ReadDocument | undefined;
}

type MemberKind = 'text' | 'base64' | 'integer' | 'texts';

/** One family whose `input` is an object: the call, and the members that it may have. */
interface CallFamily {
  readonly call: CallName;
  readonly input: Readonly<Record<string, MemberKind>>;
}

const families: Readonly<Record<string, CallFamily>> = {
  'keyid/1': { call: 'keyid', input: { key: 'text' } },
  'signature/1': { call: 'verify', input: { key: 'text', message: 'base64', sig: 'text' } },
  'threshold/1': { call: 'threshold', input: { delegator: 'text', role: 'text', document: 'base64' } },
  'date-time/1': { call: 'date-time', input: { text: 'text' } },
  'path-pattern/1': { call: 'match', input: { pattern: 'text', path: 'text' } },
  'hash-bin/1': {
    call: 'bin',
    input: { path: 'text', bit_length: 'integer', name_prefix: 'text', path_hash_prefixes: 'texts' },
  },
  'target-url/1': { call: 'url', input: { path: 'text', digest: 'text', role: 'text', version: 'integer' } },
};

const forms = ['olpc', 'rfc8785'];
const profiles = ['default', 'strict'];

/**
 * Reads the members that are a family's own.
 *
 * @throws {@link TufError} `ERR_TUF_MALFORMED`, also for a schema that is not known here.
 */
export function readCallCases(schema: string, place: CheckedJson): CallCases {
  if (schema === 'canonical-json/1') return readCanonical(place);
  if (schema === 'strict-reading/1') return readReading(place);
  const family = Object.hasOwn(families, schema) ? families[schema] : undefined;
  if (family === undefined) return place.at('schema').fail('a schema that this version does not know');
  return { cases: familyCases(family, place), members: ['input', 'expect'], document: undefined };
}

/** Reads `control`: the id of another vector, or an input with its own verdict. */
export function readControl(schema: string, place: CheckedJson): string | readonly CallCase[] | undefined {
  const control = place.maybe('control');
  if (control === undefined || control.isText) return control?.text();
  control.only('input', 'expect');
  return readCallCases(schema, control).cases;
}

function readCanonical(place: CheckedJson): CallCases {
  const input = base64Of(place.at('input'));
  const cases = place
    .at('expect')
    .only(...forms)
    .members()
    .map(([form, expect]) => callCase({ call: 'canonical', form, input }, expect, { form }));
  return { cases, members: ['input', 'expect', 'sameAs'], document: undefined };
}

function readReading(place: CheckedJson): CallCases {
  const input = place.at('input');
  const role = place.at('role').choice(['root', 'timestamp', 'snapshot', 'targets', 'delegated']);
  const reading = place.maybe('reading')?.only('values', 'canonical', 'verifies');
  const ifSaid = reading === undefined ? {} : { ...(plainJson(reading.value) as Record<string, PlainJson>) };
  const cases = profileCases(place.at('expect'), (profile, expect) =>
    callCase({ call: 'read', role, profile, input: base64Of(input) }, expect, { profile }, ifSaid),
  );
  const file = place.at('file').text(/^([0-9]\.)?[a-z]+\.json$/);
  const document = { role, file, bytes: input.bytes(), reading: reading && readingOf(reading) };
  return { cases, members: ['role', 'file', 'input', 'expect', 'reading'], document };
}

function readingOf(place: CheckedJson): Reading {
  const verifies = place.at('verifies').items();
  const values = place.at('values');
  values.members();
  return { values: plainJson(values.value) as Reading['values'], verifies: verifies.map((each) => each.text()) };
}

function familyCases({ call, input }: CallFamily, place: CheckedJson): CallCase[] {
  const members = place
    .at('input')
    .only(...Object.keys(input))
    .members();
  const request = Object.fromEntries(
    members.map(([name, value]) => [name, memberOf(value, input[name] as MemberKind)]),
  );
  const expect = place.at('expect');
  if (!profiles.some((profile) => expect.has(profile))) return [callCase({ call, ...request }, expect, {})];
  return profileCases(expect, (profile, each) => callCase({ call, ...request, profile }, each, { profile }));
}

function profileCases(expect: CheckedJson, read: (profile: string, expect: CheckedJson) => CallCase): CallCase[] {
  return expect
    .only(...profiles)
    .members()
    .map(([profile, each]) => read(profile, each));
}

function memberOf(place: CheckedJson, kind: MemberKind): PlainJson {
  if (kind === 'text') return place.text();
  if (kind === 'base64') return base64Of(place);
  if (kind === 'integer') return place.integer(0, Number.MAX_SAFE_INTEGER);
  return place.items().map((each) => each.text());
}

function base64Of(place: CheckedJson): string {
  place.bytes();
  return place.text();
}

function callCase(
  request: CallRequest,
  expect: CheckedJson,
  { form, profile }: { readonly form?: string; readonly profile?: string },
  ifSaid: ExpectedAnswer['ifSaid'] = {},
): CallCase {
  const result = expect.maybe('result')?.choice(['accept', 'reject']);
  const isRejected = result === 'reject';
  const reason = expect.maybe('reason');
  const reasons = reason === undefined ? [] : (reason.isArray ? reason.items(1) : [reason]).map((each) => each.text());
  const { result: _, reason: __, ...members } = plainJson(expect.value) as Record<string, PlainJson>;
  if (result === undefined && Object.keys(members).length === 0) expect.fail('nothing is expected');
  return {
    form,
    profile,
    request,
    expected: {
      rejected: isRejected ? reasons : undefined,
      members: { ...(result === 'accept' ? { result } : {}), ...(isRejected ? {} : members) },
      ifSaid: isRejected ? {} : ifSaid,
    },
    isRefusal: isRejected || members['verified'] === false,
  };
}
