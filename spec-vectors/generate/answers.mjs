// @ts-check
/**
 * answers.json: answers of online trust (docs/design/online-trust.md of tufa), for any reader of them. An implementation is given
 * the list of keys, the question that was sent, the targets that it names and the answer, and gives a verdict.
 */
import { createHash } from 'node:crypto';
import { testKeys } from './keys.mjs';
import { base64 } from './vector.mjs';

/** @typedef {import('./keys.mjs').TestKey} TestKey */
/** @typedef {{ [name: string]: unknown }} Form */
/** @typedef {'accepted' | 'malformed' | 'key' | 'unsigned' | 'mismatch'} Verdict */

const [first, second, stranger] = /** @type {[TestKey, TestKey, TestKey]} */ (testKeys('answer', 3));
const stateType = 'application/vnd.tufa.state.v1+json';

/** @param {...(Buffer | number[])} parts */
function sha256(...parts) {
  return createHash('sha256')
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest();
}

/** @param {unknown} value */
const json = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

/** @param {Form} [change] */
function question(change) {
  const repository = { root: 3, sha256: sha256(json('a pinned root')).toString('hex') };
  const nonce = sha256(json('a nonce')).toString('base64url');
  return json({ _type: 'tufa-question', version: 1, nonce, repository, ...change });
}

/** @param {number} version @param {string} text */
const file = (version, text) => ({
  version,
  length: text.length,
  hashes: { sha256: sha256(json(text)).toString('hex') },
});
const meta = {
  'root.json': file(3, 'the newest root'),
  'timestamp.json': file(812, 'the newest timestamp'),
  'snapshot.json': file(40, 'the newest snapshot'),
};

/** @param {Buffer} asked @param {Buffer} decisions */
const leaf = (asked, decisions = Buffer.alloc(0)) => sha256([0], sha256(asked), sha256(decisions));

/** @param {Buffer[]} leaves @returns {Buffer} */
function headOf(leaves) {
  if (leaves.length === 1) return /** @type {Buffer} */ (leaves[0]);
  const left = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return sha256([1], headOf(leaves.slice(0, left)), headOf(leaves.slice(left)));
}

/** @param {Buffer[]} leaves @param {number} index @returns {Buffer[]} */
function pathOf(leaves, index) {
  if (leaves.length === 1) return [];
  const left = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return index < left
    ? [...pathOf(leaves.slice(0, left), index), headOf(leaves.slice(left))]
    : [...pathOf(leaves.slice(left), index - left), headOf(leaves.slice(0, left))];
}

/** @param {Buffer} payload @param {string} [type] */
const encoded = (payload, type = stateType) =>
  Buffer.concat([json(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);

/**
 * What an answer is made of; each vector changes some of it.
 *
 * @typedef {object} Parts
 * @property {Buffer} question what the implementation is told it asked
 * @property {Buffer} answered what the server was asked
 * @property {number} index
 * @property {number} size
 * @property {Form | string} state members that differ, or the whole text
 * @property {string | undefined} decisions
 * @property {TestKey[]} signers
 * @property {(payload: Buffer) => Buffer} message
 * @property {(envelope: Form) => Form} envelope
 * @property {(answer: Form) => Form | string} answer
 * @property {Form | string} keys
 * @property {string[] | undefined} targets
 */

/** @param {...TestKey} listed */
const keyList = (...listed) => ({ _type: 'tufa-answer-keys', version: 1, keys: listed.map(({ key }) => key) });

/** @param {string} id @param {Verdict} verdict @param {string} comment @param {Partial<Parts>} [parts] */
function vector(id, verdict, comment, parts = {}) {
  const asked = parts.question ?? question(parts.targets === undefined ? undefined : { targets: parts.targets });
  const { answered = asked, index = 0, size = 1, signers = [first], decisions } = parts;
  const others = Array.from({ length: size }, (_, i) => leaf(json(`question ${i}`)));
  const leaves = others.with(index % size, leaf(answered, decisions === undefined ? undefined : json(decisions)));
  const head = { size, sha256: headOf(leaves).toString('hex') };
  const usual = { _type: 'tufa-state', version: 1, issued: '2030-01-01T00:00:00Z', lifetime: 30, tree: head, meta };
  const payload = json(typeof parts.state === 'string' ? parts.state : { ...usual, ...parts.state });
  const message = (parts.message ?? encoded)(payload);
  const signatures = signers.map(({ keyid, sign }) => ({
    keyid,
    sig: Buffer.from(sign(message), 'hex').toString('base64'),
  }));
  const envelope = { payloadType: stateType, payload: base64(payload), signatures };
  const path = pathOf(leaves, index % size).map((each) => each.toString('hex'));
  const answer = {
    _type: 'tufa-answer',
    version: 1,
    envelope: (parts.envelope ?? ((/** @type {Form} */ same) => same))(envelope),
    index,
    path,
    ...(decisions === undefined ? {} : { decisions: base64(json(decisions)) }),
  };
  return {
    id: `answers/${id}`,
    comment,
    keys: base64(json(parts.keys ?? keyList(first, second))),
    question: base64(asked),
    ...(parts.targets === undefined ? {} : { targets: parts.targets }),
    answer: base64(json((parts.answer ?? ((/** @type {Form} */ same) => same))(answer))),
    verdict,
  };
}

const permitted = {
  path: 'app.tgz',
  permitted: true,
  length: 9,
  hashes: { sha256: sha256(json('release 1')).toString('hex') },
};
const unlisted = { path: 'other.tgz', permitted: false, reason: 'not-listed' };
const denied = { path: 'other.tgz', permitted: false, reason: 'denied', text: 'taken back' };
/** @param {...Form} targets */
const decided = (...targets) => JSON.stringify({ _type: 'tufa-decisions', version: 1, targets });
const both = ['app.tgz', 'other.tgz'];

function accepted() {
  const batches = [2, 3, 4, 5, 7, 8, 9].flatMap((size) =>
    [...new Set([0, 1, size >> 1, size - 1])].map((index) =>
      vector(
        `accepted/batch-${size}-${index}`,
        'accepted',
        `question ${index + 1} of ${size} that one signature answers`,
        { size, index },
      ),
    ),
  );
  return [
    vector('accepted/alone', 'accepted', 'one question, the state alone'),
    vector('accepted/decided', 'accepted', 'a decision on each target, in order', {
      targets: both,
      decisions: decided(permitted, unlisted),
    }),
    vector('accepted/denied', 'accepted', 'with a reason for people', {
      targets: both,
      decisions: decided(permitted, denied),
    }),
    vector('accepted/second-key', 'accepted', 'by the other listed key', { signers: [second] }),
    vector('accepted/one-of-two', 'accepted', 'one signature of two is by a listed key', {
      signers: [stranger, second],
    }),
    vector('accepted/keyid', 'accepted', 'a keyid is a label: every listed key is tried', {
      envelope: (envelope) => ({
        ...envelope,
        signatures: [{ .../** @type {Form[]} */ (envelope['signatures'])[0], keyid: 'none' }],
      }),
    }),
    vector('accepted/unknown-key', 'accepted', 'a listed key of an unknown kind is passed over', {
      keys: { ...keyList(first), keys: [{ keytype: 'later', scheme: 'later', keyval: { public: '00' } }, first.key] },
    }),
    vector('accepted/lifetime-1', 'accepted', 'the shortest lifetime', { state: { lifetime: 1 } }),
    vector('accepted/lifetime-3600', 'accepted', 'the longest lifetime', { state: { lifetime: 3600 } }),
    vector('accepted/blanks', 'accepted', 'signatures are over exact bytes, however the payload is spelled', {
      state: ` ${JSON.stringify({ tree: { size: 1, sha256: leaf(question()).toString('hex') }, meta, lifetime: 30, issued: '2030-01-01T00:00:00Z', version: 1, _type: 'tufa-state' }, null, 1)}\n`,
    }),
    ...batches,
  ];
}

function mismatched() {
  const another = question({ nonce: sha256(json('another nonce')).toString('base64url') });
  return [
    vector('mismatch/nonce', 'mismatch', 'an answer that was given to another nonce', { answered: another }),
    vector('mismatch/repository', 'mismatch', 'an answer for another repository', {
      answered: question({ repository: { root: 3, sha256: sha256(json('another root')).toString('hex') } }),
    }),
    vector('mismatch/query', 'mismatch', 'an answer to a question without the targets', {
      answered: question(),
      targets: both,
      decisions: decided(permitted, unlisted),
    }),
    vector('mismatch/blank', 'mismatch', 'the same question in other bytes', {
      answered: Buffer.concat([question(), json(' ')]),
    }),
    vector('mismatch/decisions', 'mismatch', 'decisions that were given to somebody else', {
      targets: both,
      decisions: decided(permitted, unlisted),
      answer: (answer) => ({ ...answer, decisions: base64(json(decided(permitted, denied))) }),
    }),
    vector('mismatch/no-decisions', 'mismatch', 'the decisions are left out', {
      targets: both,
      decisions: decided(permitted, unlisted),
      answer: ({ decisions: _, ...answer }) => answer,
    }),
    vector('mismatch/added-decisions', 'mismatch', 'decisions that were not asked for and are not in the tree', {
      answer: (answer) => ({ ...answer, decisions: base64(json(decided(permitted))) }),
    }),
    vector('mismatch/index', 'mismatch', 'another place in the batch', {
      size: 4,
      index: 1,
      answer: (answer) => ({ ...answer, index: 2 }),
    }),
    vector('mismatch/index-outside', 'mismatch', 'a place behind the last', {
      size: 4,
      index: 1,
      answer: (answer) => ({ ...answer, index: 4 }),
    }),
    vector('mismatch/short-path', 'mismatch', 'a proof that ends too early', {
      size: 4,
      answer: (answer) => ({ ...answer, path: /** @type {string[]} */ (answer['path']).slice(1) }),
    }),
    vector('mismatch/long-path', 'mismatch', 'a proof that goes on', {
      answer: (answer) => ({ ...answer, path: [sha256(json('more')).toString('hex')] }),
    }),
    vector('mismatch/order', 'mismatch', 'a proof in another order', {
      size: 5,
      answer: (answer) => ({ ...answer, path: /** @type {string[]} */ (answer['path']).slice().reverse() }),
    }),
    vector('mismatch/size', 'mismatch', 'a tree that is said to be smaller', {
      size: 5,
      index: 4,
      state: {
        tree: {
          size: 4,
          sha256: headOf(
            Array.from({ length: 5 }, (_, i) => (i === 4 ? leaf(question()) : leaf(json(`question ${i}`)))),
          ).toString('hex'),
        },
      },
    }),
  ];
}

function unsigned() {
  return [
    vector('unsigned/stranger', 'unsigned', 'by a key that nobody lists', { signers: [stranger] }),
    vector('unsigned/nobody', 'unsigned', 'without a signature', { signers: [] }),
    vector('unsigned/claimed', 'unsigned', 'by a stranger under a listed keyid', {
      signers: [{ ...stranger, keyid: first.keyid }],
    }),
    vector('unsigned/plain', 'unsigned', 'over the payload alone, without its type', { message: (payload) => payload }),
    vector('unsigned/type', 'unsigned', 'over a payload of another type', {
      message: (payload) => encoded(payload, 'application/vnd.tufa.state.v2+json'),
    }),
    vector('unsigned/lengths', 'unsigned', 'over an encoding without lengths', {
      message: (payload) => Buffer.concat([json(`DSSEv1 ${stateType} `), payload]),
    }),
    vector('unsigned/payload', 'unsigned', 'the payload was changed', {
      envelope: (envelope) => ({
        ...envelope,
        payload: base64(
          Buffer.from(
            Buffer.from(String(envelope['payload']), 'base64').toString().replace('"lifetime":30', '"lifetime":90'),
          ),
        ),
      }),
    }),
    vector('unsigned/short', 'unsigned', 'half a signature', {
      envelope: (envelope) => ({ ...envelope, signatures: [{ keyid: first.keyid, sig: base64(Buffer.alloc(32, 1)) }] }),
    }),
    vector('unsigned/before-reading', 'unsigned', 'an unsigned payload that is no state: who signed is judged first', {
      signers: [stranger],
      state: '{}',
    }),
  ];
}

/** @type {readonly [id: string, comment: string, state: Form | string][]} */
const falseStates = [
  ['empty', 'a state without members', '{}'],
  ['unknown', 'a member that nobody knows', { more: 1 }],
  ['type', 'another type', { _type: 'tufa-answer' }],
  ['version', 'a version of the form that is not known', { version: 2 }],
  ['lifetime-0', 'a lifetime of nothing', { lifetime: 0 }],
  ['lifetime-3601', 'a lifetime beyond an hour', { lifetime: 3601 }],
  ['lifetime-text', 'a lifetime that is text', { lifetime: '30' }],
  ['fraction', 'a time with fractions', { issued: '2030-01-01T00:00:00.5Z' }],
  ['offset', 'a time with an offset', { issued: '2030-01-01T00:00:00+00:00' }],
  ['small-z', 'a time in lower case', { issued: '2030-01-01t00:00:00z' }],
  ['no-day', 'a day that there is not', { issued: '2030-02-30T00:00:00Z' }],
  ['size-0', 'an empty tree', { tree: { size: 0, sha256: leaf(question()).toString('hex') } }],
  ['size-65537', 'a tree beyond the limit', { tree: { size: 65_537, sha256: leaf(question()).toString('hex') } }],
  ['head', 'a head in upper case', { tree: { size: 1, sha256: leaf(question()).toString('hex').toUpperCase() } }],
  ['no-snapshot', 'no snapshot', { meta: { ...meta, 'snapshot.json': undefined } }],
  ['more-meta', 'a file that is no part of it', { meta: { ...meta, 'targets.json': file(1, 'targets') } }],
  ['version-0', 'version 0 of a file', { meta: { ...meta, 'root.json': { ...meta['root.json'], version: 0 } } }],
  ['length-0', 'a file without bytes', { meta: { ...meta, 'root.json': { ...meta['root.json'], length: 0 } } }],
  [
    'digest',
    'a digest that is too short',
    { meta: { ...meta, 'root.json': { ...meta['root.json'], hashes: { sha256: '00' } } } },
  ],
  [
    'sha512',
    'a digest more',
    {
      meta: {
        ...meta,
        'root.json': { ...meta['root.json'], hashes: { sha256: '0'.repeat(64), sha512: '0'.repeat(128) } },
      },
    },
  ],
];

/** @type {readonly [id: string, comment: string, answer: (answer: Form) => Form | string][]} */
const falseAnswers = [
  ['nothing', 'no byte', () => ''],
  ['page', 'a page', () => '<!doctype html>'],
  ['array', 'an array', (answer) => JSON.stringify([answer])],
  ['twice', 'a name that stands twice', (answer) => JSON.stringify(answer).replace('{', '{"version":1,')],
  ['behind', 'something behind the end', (answer) => `${JSON.stringify(answer)}{}`],
  ['bom', 'a byte order mark', (answer) => `\ufeff${JSON.stringify(answer)}`],
  ['answer-unknown', 'a member that nobody knows', (answer) => ({ ...answer, more: 1 })],
  ['answer-version', 'a version of the form that is not known', (answer) => ({ ...answer, version: 2 })],
  ['answer-type', 'another type', (answer) => ({ ...answer, _type: 'tufa-state' })],
  [
    'answer-number',
    'a number in another spelling',
    (answer) => JSON.stringify(answer).replace('"version":1', '"version":1.0'),
  ],
  ['index-negative', 'a place before the first', (answer) => ({ ...answer, index: -1 })],
  ['path-17', 'a path longer than any tree is high', (answer) => ({ ...answer, path: Array(17).fill('0'.repeat(64)) })],
  ['path-upper', 'a path in upper case', (answer) => ({ ...answer, path: ['A'.repeat(64)] })],
  ['decisions-base64url', 'another alphabet', (answer) => ({ ...answer, decisions: '-_8' })],
];

/** @type {readonly [id: string, comment: string, envelope: (envelope: Form) => Form][]} */
const falseEnvelopes = [
  [
    'payload-type',
    'a payload of another type',
    (envelope) => ({ ...envelope, payloadType: 'application/vnd.tufa.question.v1+json' }),
  ],
  [
    'payload-padding',
    'base64 without padding',
    (envelope) => ({ ...envelope, payload: `${String(envelope['payload']).replaceAll('=', '')}A` }),
  ],
  ['payload-blank', 'base64 with a line break', (envelope) => ({ ...envelope, payload: `${envelope['payload']}\n` })],
  ['envelope-unknown', 'a member that nobody knows', (envelope) => ({ ...envelope, more: 1 })],
  [
    'signatures-17',
    'more signatures than are looked at',
    (envelope) => ({ ...envelope, signatures: Array(17).fill(/** @type {Form[]} */ (envelope['signatures'])[0]) }),
  ],
  ['no-signatures', 'no list of signatures', ({ signatures: _, ...envelope }) => envelope],
];

/** @type {readonly [id: string, comment: string, decisions: string][]} */
const falseDecisions = [
  ['one-missing', 'a target that was asked for has no decision', decided(permitted)],
  ['one-more', 'a decision that was not asked for', decided(permitted, unlisted, { ...unlisted, path: 'third.tgz' })],
  ['decisions-order', 'decisions in another order', decided(unlisted, permitted)],
  ['decisions-path', 'a decision on another target', decided(permitted, { ...unlisted, path: 'third.tgz' })],
  ['no-hashes', 'permitted without digests', decided({ path: 'app.tgz', permitted: true, length: 9 }, unlisted)],
  ['no-reason', 'not permitted without a reason', decided(permitted, { path: 'other.tgz', permitted: false })],
  ['reason', 'a reason that nobody knows', decided(permitted, { ...unlisted, reason: 'later' })],
  ['permitted-reason', 'permitted with a reason', decided({ ...permitted, reason: 'denied' }, unlisted)],
  ['text-long', 'a text beyond the limit', decided(permitted, { ...denied, text: 'x'.repeat(1025) })],
];

function malformed() {
  const decide = { targets: both };
  return [
    ...falseStates.map(([id, comment, state]) => vector(`malformed/${id}`, 'malformed', comment, { state })),
    ...falseAnswers.map(([id, comment, answer]) => vector(`malformed/${id}`, 'malformed', comment, { answer })),
    ...falseEnvelopes.map(([id, comment, envelope]) => vector(`malformed/${id}`, 'malformed', comment, { envelope })),
    ...falseDecisions.map(([id, comment, decisions]) =>
      vector(`malformed/${id}`, 'malformed', comment, { ...decide, decisions }),
    ),
    vector('malformed/keys-unknown', 'malformed', 'a list of keys with a member that nobody knows', {
      keys: { ...keyList(first), more: 1 },
    }),
    vector('malformed/keys-17', 'malformed', 'a list of more keys than there may be', {
      keys: keyList(...Array(17).fill(first)),
    }),
    vector('malformed/keys-version', 'malformed', 'a list in a version that is not known', {
      keys: { ...keyList(first), version: 2 },
    }),
    vector('key/none', 'key', 'a list of nobody', { keys: keyList() }),
    vector('key/unusable', 'key', 'a list of keys of unknown kinds alone', {
      keys: { ...keyList(), keys: [{ keytype: 'later', scheme: 'later', keyval: { public: '00' } }] },
    }),
  ];
}

export function answersFile() {
  return {
    schema: 'answers/1',
    comment:
      'Answers of online trust. Bytes are in base64. `keys` is the list of answer keys, `targets` what the question names; `verdict` is accepted, malformed, key (nobody may answer), unsigned or mismatch (it answers another question). Malformed lists come first, then the envelope, then signatures, then the state, then the tree, then decisions.',
    vectors: [...accepted(), ...mismatched(), ...unsigned(), ...malformed()],
  };
}
