// @ts-check
/** What every vector says, whatever its family, and how its file is written. */

/** The release of the specification that `section` refers to. */
export const spec = '1.0.34';

/** @typedef {'MUST' | 'SHOULD' | 'decision'} Level */

/**
 * What a vector says about itself.
 *
 * @typedef {object} About
 * @property {string} section of the specification
 * @property {Level} level who demands it: the specification, its advice, or a decision where it is silent
 * @property {string} attack what the fault is used for; `lock-out` where refusing honest metadata is the fault
 * @property {readonly string[]} rows of the tables of requirements, decisions and known defects
 * @property {string} effect what an implementation with the opposite verdict is exposed to
 * @property {readonly string[] | undefined} [peers] released implementations that are known to differ
 */

/** @typedef {About & { schema: string, id: string, comment: string }} Head */
/** @typedef {Head & { [field: string]: unknown }} Vector */

/** @param {Buffer} bytes */
export function base64(bytes) {
  return bytes.toString('base64');
}

/** The fields that open every vector. @param {string} schema @param {string} id @param {string} comment @param {About} about */
export function head(schema, id, comment, about) {
  if (!/^[a-z0-9]+(?:[-/][a-z0-9]+)*$/.test(id)) throw new Error(`${id} is no vector id`);
  const { section, level, attack, rows, effect, peers } = about;
  const opening = { schema, id, spec, section, level, attack, rows: [...rows], comment, effect };
  return peers === undefined ? opening : { ...opening, peers: [...peers] };
}

/** The text of a JSON file. @param {unknown} value */
export function jsonText(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}
