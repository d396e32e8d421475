// @ts-check
/**
 * One vector of the family date-time: the JSON text of one member `expires`, and what each profile reads there. The same
 * text stands in a timestamp that a client is served.
 */
import { olpc } from './olpc.mjs';
import { Repository } from './repository.mjs';
import { sequence } from './sequence.mjs';
import { raw } from './tree.mjs';
import { head } from './vector.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {{ seconds: number, nanoseconds: number, isPlain: boolean }} Reading `isPlain`: in the form of the specification */

/**
 * What a whole client is asked. `time` is the clock; `expired` says that the date has passed by then, and `null` that there
 * is no sequence.
 *
 * @typedef {{ time?: string, expired?: string } | null} Asked
 */

const control = 'date-time/plain';

/**
 * A date that is read, by both profiles or by `default` alone.
 *
 * @param {'both' | 'default'} by @param {string} name @param {string} comment @param {string} text
 * @param {readonly [seconds: number, nanoseconds?: number]} instant @param {About} about @param {Asked} [asked]
 */
export function read(by, name, comment, text, [seconds, nanoseconds = 0], about, asked = {}) {
  const found = dateTime(text);
  if (found?.seconds !== seconds || found.nanoseconds !== nanoseconds || found.isPlain !== (by === 'both'))
    throw new Error(`date-time/${name}: ${seconds} is not read from ${text}`);
  const accepted = { result: 'accept', seconds, nanoseconds };
  return {
    ...head('date-time/1', `date-time/${name}`, comment, about),
    input: { text: JSON.stringify(text) },
    expect: { default: accepted, strict: by === 'both' ? accepted : refusal },
    ...(by === 'both' ? {} : { control }),
    ...asSequence(name, JSON.stringify(text), text, asked?.expired, asked),
  };
}

/** A text that is no date to either profile. @param {string} name @param {string} comment @param {string} text @param {About} about @param {Asked} [asked] */
export function refuse(name, comment, text, about, asked = {}) {
  if (dateTime(text) !== undefined) throw new Error(`date-time/${name}: ${text} is a date`);
  return refuseJson(name, comment, JSON.stringify(text), text, about, asked);
}

/**
 * A value of another type.
 *
 * @param {string} name @param {string} comment @param {string} json as it stands in the file @param {Tree} value what it means
 * @param {About} about @param {Asked} [asked]
 */
export function refuseJson(name, comment, json, value, about, asked = {}) {
  return {
    ...head('date-time/1', `date-time/${name}`, comment, about),
    input: { text: json },
    expect: { default: refusal, strict: refusal },
    control,
    ...asSequence(name, json, value, 'malformed', asked),
  };
}

/** A date that is spelled with escapes. @param {string} name @param {string} comment @param {string} json @param {About} about */
export function readJson(name, comment, json, about) {
  const text = JSON.parse(json);
  const { seconds, nanoseconds } = /** @type {Reading} */ (dateTime(text));
  const accepted = { result: 'accept', seconds, nanoseconds };
  return {
    ...head('date-time/1', `date-time/${name}`, comment, about),
    input: { text: json },
    expect: { default: accepted, strict: accepted },
    ...asSequence(name, json, text, undefined, {}),
  };
}

/** The honest release that all sequences begin with. */
const opening = published();

function published() {
  const repository = new Repository();
  return { repository, honest: repository.publish() };
}

const refusal = { result: 'reject', reason: 'malformed' };

/**
 * An honest release, then a timestamp with that date which lists the same snapshot.
 *
 * @param {string} name @param {string} json @param {Tree} value @param {string | undefined} reject @param {Asked} asked
 */
function asSequence(name, json, value, reject, asked) {
  if (asked === null) return {};
  const { repository, honest } = opening;
  const expires = raw(json, olpc(value));
  const dated = repository.forge({
    bump: ['timestamp'],
    signed: { timestamp: (signed) => ({ ...signed, expires }) },
  });
  const requests = ['metadata/2.root.json', 'metadata/timestamp.json'];
  const time = asked.time === undefined ? {} : { time: asked.time };
  const root = /** @type {Buffer} */ (honest.documents['root']);
  const steps = [
    { ...time, serve: honest },
    { ...time, serve: dated, requests, ...(reject === undefined ? {} : { reject }) },
  ];
  return { sequence: sequence(root, steps, name) };
}

/**
 * Reads a date character by character: `YYYY-MM-DDTHH:MM:SS`, a fraction of one to nine digits or none, and `Z` or a
 * numeric offset. Written from the rules, for the vectors alone.
 *
 * @param {string} text @returns {Reading | undefined}
 */
function dateTime(text) {
  let at = 0;
  let isWrong = false;
  const literal = (/** @type {string} */ characters) => {
    const found = text[at];
    if (found === undefined || !characters.includes(found)) isWrong = true;
    at += 1;
    return found;
  };
  const number = (/** @type {number} */ digits) => {
    let value = 0;
    for (let i = 0; i < digits; i += 1) value = value * 10 + '0123456789'.indexOf(literal('0123456789') ?? '');
    return value;
  };
  const year = number(4);
  literal('-');
  const month = number(2);
  literal('-');
  const day = number(2);
  literal('T');
  const hour = number(2);
  literal(':');
  const minute = number(2);
  literal(':');
  const second = number(2);
  let fraction = '';
  if (text[at] === '.') {
    at += 1;
    while (fraction.length < 10 && '0123456789'.includes(text[at] ?? 'x')) fraction += literal('0123456789');
    if (fraction === '' || fraction.length > 9) isWrong = true;
  }
  let offset = 0;
  const zone = literal('Z+-');
  if (zone !== 'Z') {
    const hours = number(2);
    literal(':');
    const minutes = number(2);
    if (hours > 23 || minutes > 59) isWrong = true;
    offset = (hours * 60 + minutes) * (zone === '-' ? -60 : 60);
  }
  if (isWrong || at !== text.length || month < 1 || month > 12 || day < 1 || day > daysOf(year, month))
    return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  // Every 400 years have the same days, and Date.UTC takes years below 100 for others.
  const cycles = Math.floor(year / 400) - 5;
  const midnight = Date.UTC(year - cycles * 400, month - 1, day) / 1000 + cycles * 146097 * 86400;
  return {
    seconds: midnight + (hour * 60 + minute) * 60 + second - offset,
    nanoseconds: Number(fraction.padEnd(9, '0')),
    isPlain: fraction === '' && text.length === 20,
  };
}

/** @param {number} year @param {number} month */
function daysOf(year, month) {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap
    ? 29
    : /** @type {number} */ ([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]);
}
