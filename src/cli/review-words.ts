/**
 * A review in words: warnings first, then what changes, who still has to sign, and last the digests of what is signed.
 * The lines hold text of the metadata as it stands; whoever prints them escapes it.
 *
 * @module
 */
import { type Json, type JsonObject, plainJson } from '../metadata/json.ts';
import type { Change } from '../repository/change.ts';
import type { SignatureNeed } from '../repository/needs.ts';
import type { KeyName } from '../repository/owner.ts';
import type { DocumentReview, Review, ReviewWarning } from '../repository/review.ts';

/** Lines of one kind of change; all of them are in the values. */
const linesPerKind = 100;
/** The same of warnings. */
const linesPerRule = 20;
/** Characters of one text that somebody else chose. */
const textMax = 200;

/** The whole review, one thought a line. */
export function wordsOf(review: Review): string[] {
  const { warnings, documents, published } = review;
  const state =
    published === null
      ? 'nothing is published yet'
      : `made on what was published with root version ${published.root} and timestamp version ${published.timestamp}`;
  return [
    ...warningWords(warnings).map((line) => `warning: ${line}`),
    state,
    ...documents.flatMap(documentWords),
    ...documents.map(({ role, version, sha256 }) => `sha256 ${sha256} is signed for ${cut(role)} version ${version}`),
  ];
}

/** Warnings, of which no rule has more than its share. */
export function warningWords(warnings: readonly ReviewWarning[]): string[] {
  const counts = new Map<string, number>();
  const lines: string[] = [];
  for (const { code, role, text } of warnings) {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    if (count <= linesPerRule) lines.push(`${cut(role)}: ${cut(text, 2 * textMax)}`);
  }
  for (const [code, count] of counts) {
    if (count > linesPerRule) lines.push(`${count - linesPerRule} more of ${code}: see them with --json`);
  }
  return lines;
}

function documentWords(document: DocumentReview): string[] {
  const { role, version, previousVersion, changes, needs } = document;
  const after = previousVersion === null ? 'the first' : `after version ${previousVersion}`;
  return [
    `${cut(role)}: version ${version}, ${after}`,
    ...changesWords(changes).map((line) => `  ${line}`),
    ...needs.map((need) => `  ${needWords(need)}`),
  ];
}

function changesWords(changes: readonly Change[]): string[] {
  const counts = new Map<string, number>();
  const lines: string[] = [];
  for (const change of changes) {
    const count = (counts.get(change.kind) ?? 0) + 1;
    counts.set(change.kind, count);
    if (count <= linesPerKind) lines.push(...changeWords(change));
  }
  for (const [kind, count] of counts) {
    if (count > linesPerKind) lines.push(`and ${count - linesPerKind} more of ${kind}: see them with --json`);
  }
  if (changes.every(({ kind }) => kind === 'version' || kind === 'expires')) lines.push('nothing else changes');
  return lines;
}

function changeWords(change: Change): string[] {
  switch (change.kind) {
    case 'version':
      return [];
    case 'expires':
      return [`ends at ${change.after}${movedWords(change.movedSeconds)}`];
    case 'spec-version':
      return [
        `follows specification ${cut(change.after)}${change.before === null ? '' : `, not ${cut(change.before)}`}`,
      ];
    case 'consistent-snapshot':
      return [`consistent snapshots: ${change.after ?? 'absent'}, before: ${change.before ?? 'absent'}`];
    case 'key-added':
      return [`key added: ${keyWords(change)}, ${kindOf(change.key)}, for ${list(change.roles)}`];
    case 'key-removed':
      return [`key removed: ${keyWords(change)}, from ${list(change.roles)}`];
    case 'key-changed':
      return [
        `the id ${cut(change.keyid)} names another key: ${cut(text(change.after))}, not ${cut(text(change.before))}`,
      ];
    case 'role-keys':
      return [
        ...change.added.map((key) => `${cut(change.role)} may be signed by ${keyWords(key)}`),
        ...change.removed.map((key) => `${cut(change.role)} may no longer be signed by ${keyWords(key)}`),
        ...(change.added.length + change.removed.length === 0
          ? [`${cut(change.role)} lists its keys in another order`]
          : []),
      ];
    case 'threshold':
      return [
        `${cut(change.role)} needs ${change.after} signatures${change.before === null ? '' : `, and needed ${change.before}`}`,
      ];
    default:
      return targetsWords(change);
  }
}

type TargetsChange = Extract<Change, { kind: `${'target' | 'delegation'}${string}` | 'bins' | 'unrecognised' }>;

function targetsWords(change: TargetsChange): string[] {
  switch (change.kind) {
    case 'target-added':
      return [`target added: ${cut(change.path)}, ${targetWords(change.after)}`];
    case 'target-changed':
      return [`target changed: ${cut(change.path)}, ${targetWords(change.after)}, was ${targetWords(change.before)}`];
    case 'target-removed':
      return [`target removed: ${cut(change.path)}, ${targetWords(change.before)}`];
    case 'delegations':
      return [change.after ? 'delegates for the first time' : 'delegates to nobody any longer'];
    case 'delegation-added':
      return [`delegation added: ${cut(change.role)}, ${reachWords(change.after)}`];
    case 'delegation-changed':
      return [`delegation changed: ${cut(change.role)}, ${reachWords(change.after)}, was ${reachWords(change.before)}`];
    case 'delegation-removed':
      return [`delegation removed: ${cut(change.role)}, ${reachWords(change.before)}`];
    case 'delegation-order':
      return [
        `delegations are asked in the order ${list(change.after)}`,
        `they were in the order ${list(change.before)}`,
      ];
    case 'bins':
      return [`hash bins: ${binsWords(change.after)}, before: ${binsWords(change.before)}`];
    case 'unrecognised': {
      const [before, after] = [change.before, change.after].map((value) =>
        value === undefined ? 'absent' : text(value),
      );
      return [`unrecognised ${cut(change.pointer)}: ${cut(after as string)}, before: ${cut(before as string)}`];
    }
  }
}

/** `alice` beside the id, where the key names an owner. */
export function keyWords({ keyid, owner }: KeyName): string {
  return owner === null ? cut(keyid) : `${cut(keyid)} (${cut(owner)})`;
}

/** Who has signed for an authority, and who still has to. */
export function needWords({ delegator, threshold, signed, missing, more }: SignatureNeed): string {
  const of = `${threshold - more} of ${threshold} signatures for ${cut(delegator)}`;
  if (more === 0) return `signed: ${of}${signed.length === 0 ? '' : `, by ${names(signed)}`}`;
  const asked = missing.length === 0 ? 'and nobody can give them' : `by ${names(missing)}`;
  return `to sign: ${of}, ${more} more ${asked}`;
}

function names(keys: readonly KeyName[]): string {
  return listOf(keys.map(keyWords));
}

function list(texts: readonly string[]): string {
  return texts.length === 0 ? 'no role' : listOf(texts.map((each) => cut(each)));
}

function listOf(texts: readonly string[]): string {
  const some = texts.slice(0, linesPerKind).join(', ');
  return texts.length > linesPerKind ? `${some} and ${texts.length - linesPerKind} more` : some;
}

function movedWords(seconds: number | null): string {
  if (seconds === null) return '';
  const span = Math.abs(seconds);
  const days = Math.floor(span / 86_400);
  const amount = days > 0 ? `${days} ${days === 1 ? 'day' : 'days'}` : `${span} seconds`;
  return seconds === 0 ? ', as before' : `, ${amount} ${seconds < 0 ? 'earlier' : 'later'} than before`;
}

function kindOf(key: JsonObject): string {
  return `${cut(String(key.get('keytype')))} ${cut(String(key.get('scheme')))}`;
}

function targetWords(entry: JsonObject): string {
  const hashes = [...((entry.get('hashes') ?? new Map()) as ReadonlyMap<string, string>)];
  const custom = entry.get('custom');
  const digest = hashes.map(([algorithm, hex]) => `${cut(algorithm)} ${cut(hex)}`).join(', ');
  return `${entry.get('length')} bytes, ${digest}${custom === undefined ? '' : `, custom ${cut(text(custom))}`}`;
}

function reachWords(entry: JsonObject): string {
  const paths = entry.get('paths') as readonly string[] | undefined;
  const prefixes = entry.get('path_hash_prefixes') as readonly string[] | undefined;
  const reach =
    paths === undefined
      ? `paths whose SHA-256 begins with ${listOf((prefixes ?? []).map((each) => cut(each))) || 'nothing'}`
      : `paths ${listOf(paths.map((each) => cut(each))) || 'none'}`;
  return `${reach}${entry.get('terminating') === true ? ', and no later role is asked for them' : ''}`;
}

function binsWords(bins: JsonObject | null): string {
  if (bins === null) return 'none';
  return `${2 ** (bins.get('bit_length') as number)} named ${cut(bins.get('name_prefix') as string)}-…`;
}

function text(value: Json): string {
  return JSON.stringify(plainJson(value));
}

function cut(words: string, most = textMax): string {
  return words.length > most ? `${words.slice(0, most)}…` : words;
}
