/**
 * What a vector says: read from a file, checked, and put into the form in which it is run.
 *
 * @module
 */

import type { PlainJson } from '../metadata/json.ts';
import { type CallCase, readCallCases, readControl } from './call-case.ts';
import type { CheckedJson } from './checked-json.ts';
import { beginsAccepted, hasRefusal, readSequence, type Sequence } from './sequence.ts';

/** Who demands it: the specification, its advice, or a decision of tufa where it is silent. */
export type Level = 'MUST' | 'SHOULD' | 'decision';

/** What the index and every vector say. */
export interface VectorHead {
  /** The path below the folder of vectors, without `.json`. */
  readonly id: string;
  /** The first part of the id. */
  readonly family: string;
  /** Family and version of the format, such as `sequence/1`. */
  readonly schema: string;
  readonly section: string;
  readonly level: Level;
  readonly attack: string;
}

/** A vector. Texts are foreign: escape them before they are shown. */
export interface Vector extends VectorHead {
  readonly rows: readonly string[];
  /** The input in words. */
  readonly comment: string;
  /** What an implementation with the opposite verdict is exposed to. */
  readonly effect: string;
  readonly peers: readonly string[];
  /** Questions to one part of a client, one for each form or profile. */
  readonly cases: readonly CallCase[];
  /** What has to be accepted for a refusal to count: another vector, or cases of its own. */
  readonly control: string | readonly CallCase[] | undefined;
  readonly sequence: Sequence | undefined;
  /** Of `strict-reading`: the document, and the file of the honest repository that it stands in for. */
  readonly document: ReadDocument | undefined;
}

/** A document of `strict-reading` as a whole client is given it. */
export interface ReadDocument {
  readonly role: string;
  readonly file: string;
  readonly bytes: Uint8Array;
  /** What is read of it, where a profile accepts. */
  readonly reading: Reading | undefined;
}

/** What reading a document gives, in the form of a vector of `strict-reading`. */
export interface Reading {
  readonly values: { readonly [name: string]: PlainJson };
  /** The keyids of test keys whose signature is true. */
  readonly verifies: readonly string[];
}

const idPattern = /^[a-z0-9]+(-[a-z0-9]+)*\/[a-z0-9]+(-[a-z0-9]+)*$/;
const levels: readonly Level[] = ['MUST', 'SHOULD', 'decision'];
const headMembers = ['schema', 'id', 'spec', 'section', 'level', 'attack', 'rows', 'comment', 'effect', 'peers'];

/** Reads what the index says of a vector. @throws {@link TufError} `ERR_TUF_MALFORMED`. */
export function readHead(place: CheckedJson): VectorHead {
  const id = place.at('id').text(idPattern);
  return {
    id,
    family: id.split('/')[0] as string,
    schema: place.at('schema').text(/^[a-z]+(-[a-z]+)*\/[0-9]+$/),
    section: place.at('section').text(/^.{1,64}$/),
    level: place.at('level').choice(levels),
    attack: place.at('attack').text(/^[a-z]+(-[a-z]+)*$/),
  };
}

/**
 * Reads a vector, and holds it to the rule that a refusal has a control.
 *
 * @throws {@link TufError} `ERR_TUF_MALFORMED` with file and pointer; a schema of another version is one of its causes.
 */
export function readVector(place: CheckedJson): Vector {
  const head = readHead(place);
  const more = {
    rows: textsOf(place.at('rows')),
    comment: place.at('comment').text(),
    effect: place.at('effect').text(),
  };
  const peers = place.maybe('peers');
  const isSequence = head.schema === 'sequence/1';
  const { cases, members, document } = isSequence
    ? { cases: [], members: [], document: undefined }
    : readCallCases(head.schema, place);
  place.only(...headMembers, ...members, 'control', 'sequence');
  const sequence = place.maybe('sequence');
  if (isSequence && sequence === undefined) place.at('sequence');
  const vector: Vector = {
    ...head,
    ...more,
    peers: peers === undefined ? [] : textsOf(peers),
    cases,
    control: readControl(head.schema, place),
    sequence: sequence && readSequence(sequence),
    document,
  };
  checkControl(vector, place);
  return vector;
}

function checkControl({ id, cases, control, sequence }: Vector, place: CheckedJson): void {
  const refuses = cases.some(({ isRefusal }) => isRefusal);
  const needed = refuses || (sequence !== undefined && hasRefusal(sequence) && !beginsAccepted(sequence));
  if (needed && control === undefined) place.fail('a refusal without a control');
  if (control === id) place.at('control').fail('a vector is no control of itself');
  if (typeof control === 'string') place.at('control').text(idPattern);
}

function textsOf(place: CheckedJson): string[] {
  return place.items(1, 1000).map((each) => each.text());
}
