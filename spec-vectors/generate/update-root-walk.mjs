// @ts-check
/** Section 5.3.3: what ends the walk to the newest root, and what does not. */
import { Repository } from './repository.mjs';
import { fetchVectors, readingVectors } from './update-documents.mjs';
import { all, but, page, refused, rootRequests, rotate, vectorOf } from './update-parts.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./vector.mjs').Vector} Vector */
/** @typedef {import('./sequence.mjs').Answer} Answer */

/** @type {About} */
const about = {
  section: '5.3.3',
  level: 'decision',
  attack: 'key-compromise',
  rows: ['5.3.3', 'A-42', 'ROOT-08', 'TH-4', 'B7', 'GAP-01'],
  effect: 'who disturbs one request hides the root that removes a stolen key, and nobody notices',
};

/** @returns {Vector[]} */
export function vectors() {
  return [...readingVectors('root'), ...fetchVectors('root'), ...ends(), ...goesOn(), ...withheld()];
}

/** There is no next root: the update goes on with the one that is held. @returns {Vector[]} */
function ends() {
  return [404, 403, 410].map((status) => {
    const repository = new Repository();
    const [first, second, third] = [repository.publish(), repository.publish(), repository.publish({ bump: all })];
    return vectorOf(
      `update-root/next-${status}`,
      `${status} for the next root: there is none, and the update goes on`,
      {
        ...about,
        level: status === 404 ? 'MUST' : 'decision',
        attack: 'lock-out',
        rows: ['5.3.3', 'A-42', 'ROOT-08', 'GAP-01', ...(status === 403 ? ['GO-5', 'T36'] : [])],
        effect: 'hosts that answer so for files that are not there cannot be used',
      },
      [
        { serve: first, but: { metadata: { '2.root.json': { status } } } },
        { serve: second, but: { metadata: { '2.root.json': { status } } } },
        { serve: third },
      ],
    );
  });
}

/** Another answer is no word on whether there is a next root. @returns {Vector[]} */
function goesOn() {
  /** @type {readonly (readonly [name: string, comment: string, answer: Answer, reason?: string])[]} */
  const answers = [
    ['next-400', '400 for the next root', { status: 400 }],
    ['next-401', '401 for the next root', { status: 401 }],
    ['next-429', '429 for the next root', { status: 429 }],
    ['next-502', '502 for the next root', { status: 502 }],
    ['next-503', '503 for the next root', { status: 503 }],
    ['next-dropped-before-headers', 'the connection is closed without an answer', { drop: 'before-headers' }],
    ['next-dropped-after-headers', 'the connection is closed after the headers', { body: page, drop: 'after-headers' }],
    ['next-cut-short', 'fewer bytes than the Content-Length says', { body: page.subarray(0, 10), contentLength: 1000 }],
    ['next-empty', '200 without a body', { body: Buffer.alloc(0) }, 'malformed'],
    ['next-204', '204 for the next root', { status: 204 }, 'transport malformed'],
    ['next-other-json', '200 with the JSON text null', { body: Buffer.from('null\n') }, 'malformed'],
  ];
  return answers.map(([name, comment, answer, reason = 'transport']) =>
    refused(
      `update-root/${name}`,
      `${comment}; it removes a key of targets`,
      { ...about, rows: [...about.rows, 'T36'] },
      reason,
      'root',
      (repository) => {
        rotate(repository, 'targets');
        return but(repository.forge({ bump: all }), 'root', answer);
      },
      { recovery: { bump: all } },
    ),
  );
}

/** The next root is there and hidden; what its keys sign is not accepted under the former one. @returns {Vector[]} */
function withheld() {
  return [404, 403].map((status) => {
    const repository = new Repository();
    const first = repository.publish();
    rotate(repository, 'timestamp');
    const second = repository.publish({ bump: all });
    return vectorOf(
      `update-root/next-${status}-by-cache`,
      `a stale ${status} for a root that is there, which lists another key for timestamp; the timestamp is signed by it`,
      {
        ...about,
        section: '5.4.2',
        level: status === 404 ? 'MUST' : 'decision',
        attack: 'lock-out',
        rows: ['5.4.2', '5-a', 'T36', ...(status === 403 ? ['A-42', 'GO-5'] : [])],
        effect: 'a file is believed that no trusted key has signed; or the client does not recover when the cache does',
      },
      [
        { serve: first },
        {
          serve: second,
          but: { metadata: { '2.root.json': { status } } },
          reject: 'unsigned',
          trusted: first,
          requests: [...rootRequests(2), 'metadata/timestamp.json'],
        },
        { serve: second },
      ],
    );
  });
}
