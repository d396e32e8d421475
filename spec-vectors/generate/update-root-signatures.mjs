// @ts-check
/** Section 5.3.4: a root is signed by a threshold of the keys before it and of its own, and each key counts once. */
import { sha256, testKeys } from './keys.mjs';
import { Repository, valid } from './repository.mjs';
import { withValue } from './tree.mjs';
import { accepted, all, altered, attacker, refused } from './update-parts.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./vector.mjs').Vector} Vector */
/** @typedef {import('./repository.mjs').Changes} Changes */
/** @typedef {import('./repository.mjs').Signer} Signer */

/** What the next root lists for itself, and who signs it. @typedef {{ keys: readonly Signer[], threshold: number, by: readonly Signer[] }} Next */

/** @returns {Vector[]} */
export function vectors() {
  const [a, b, c, d] = /** @type {[Signer, Signer, Signer, Signer]} */ (/** @type {unknown} */ (testKeys('root', 4)));
  const [x, y, z] = /** @type {[Signer, Signer, Signer]} */ (/** @type {unknown} */ (testKeys('new root', 3)));
  const aliasOf = (/** @type {Signer} */ key) => ({ ...key, keyid: sha256(`another keyid of ${key.keyid}`) });
  /** @type {About} */
  const old = {
    section: '5.3.4',
    level: 'MUST',
    attack: 'arbitrary-software',
    rows: ['5.3.4a', '5.3.4e', '6.1-c', '2.1.1-c'],
    effect: 'whoever answers on the network makes a root of his own, and owns every client',
  };
  /** @type {About} */
  const own = {
    ...old,
    attack: 'lock-out',
    rows: ['5.3.4b', '5.3.4e', '6.1-c'],
    effect: 'a root that its own keys never signed is accepted, and nobody can ever sign the next one',
  };
  /** @type {About} */
  const few = {
    ...old,
    attack: 'key-compromise',
    rows: ['5.3.4a', '6.1-c', '1.5-a', 'T10'],
    effect: 'fewer stolen keys than the threshold make a root',
  };
  /** @type {About} */
  const counts = {
    ...few,
    attack: 'threshold-bypass',
    rows: ['5.3.4c', '5.3.4d', '4.2.1-c', 'A-05', 'SIG-01', 'PY-1', 'TH-1', 'RS-1', 'PHP-1', 'T10'],
    effect: 'one stolen key meets every threshold (CVE-2020-6174, CVE-2020-15093)',
  };
  /** @type {About} */
  const good = {
    ...old,
    attack: 'lock-out',
    rows: ['5.3.4a', '5.3.4b', '6.1-b', '6.1-c'],
    effect: 'keys cannot be replaced',
  };

  /** A repository whose root has these keys. @param {readonly Signer[]} keys @param {number} threshold */
  const held = (keys, threshold) => new Repository({ signers: { root: keys }, thresholds: { root: threshold } });
  /** What the next root says and who signs. @param {Repository} repository @param {Next} next @returns {Changes} */
  const becoming = (repository, { keys, threshold, by }) => {
    repository.signers['root'] = keys;
    repository.thresholds.root = threshold;
    return { bump: all, signers: { root: by } };
  };
  /** @type {(name: string, comment: string, about: About, before: readonly [readonly Signer[], number], next: Next, honest: readonly Signer[], reason?: string) => Vector} */
  const bad = (name, comment, about, before, next, honest, reason = 'unsigned') =>
    refused(
      `update-root/${name}`,
      comment,
      about,
      reason,
      'root',
      (repository) => repository.forge(becoming(repository, next)),
      { repository: held(...before), recovery: { bump: all, signers: { root: honest } } },
    );
  /** @type {(name: string, comment: string, about: About, before: readonly [readonly Signer[], number], next: Next) => Vector} */
  const fine = (name, comment, about, before, next) =>
    accepted(`update-root/${name}`, comment, about, (repository) => repository.publish(becoming(repository, next)), {
      repository: held(...before),
    });
  const two = /** @type {const} */ ([[a, b, c], 2]);
  return [
    bad(
      'signed-by-new-alone',
      'another key, and only that one signs',
      old,
      [[a], 1],
      { keys: [x], threshold: 1, by: [x] },
      [a, x],
    ),
    bad(
      'signed-by-old-alone',
      'another key, and only the former one signs',
      own,
      [[a], 1],
      { keys: [x], threshold: 1, by: [a] },
      [a, x],
    ),
    bad(
      'unsigned',
      'no signature at all',
      { ...old, rows: [...old.rows, 'T1'] },
      [[a], 1],
      { keys: [a], threshold: 1, by: [] },
      [a],
    ),
    bad(
      'signed-by-attacker',
      'signed by a key that no root lists',
      { ...old, rows: [...old.rows, 'T1'] },
      [[a], 1],
      { keys: [a], threshold: 1, by: [attacker] },
      [a],
    ),
    bad(
      'taken-over',
      'the next root lists one key of a stranger, who signs it',
      { ...old, rows: [...old.rows, 'T1'] },
      [[a], 1],
      { keys: [attacker], threshold: 1, by: [attacker] },
      [a, attacker],
    ),
    bad(
      'signed-under-trusted-keyid',
      'signed by a key that no root lists, under the keyid of the key that is trusted',
      { ...old, rows: [...old.rows, 'GO-1'] },
      [[a], 1],
      { keys: [a], threshold: 1, by: [{ ...attacker, keyid: a.keyid }] },
      [a],
    ),
    refused(
      'update-root/altered-after-signing',
      'the date of expiry was put off by ten years after signing',
      { ...old, rows: [...old.rows, '4-a', 'T1'] },
      'unsigned',
      'root',
      (repository) =>
        repository.forge({
          bump: all,
          bytes: { root: (bytes) => altered(bytes, valid, valid.replace('2050', '2060')) },
        }),
      { recovery: { bump: all } },
    ),
    refused(
      'update-root/signed-by-other-role',
      'signed by the key of targets',
      { ...few, rows: ['5.3.4a', 'SIG-12'], effect: 'the key of another role makes a root' },
      'unsigned',
      'root',
      (repository) => repository.forge({ bump: all, signers: { root: repository.signers['targets'] ?? [] } }),
      { recovery: { bump: all } },
    ),
    bad(
      'old-threshold-missed',
      'threshold 2 of three: one of them signs',
      few,
      two,
      { keys: [a, b, c], threshold: 2, by: [a] },
      [a, b],
    ),
    bad(
      'old-threshold-missed-new-met',
      'threshold 2 of three, none of which stays: one of them signs, and both new ones',
      few,
      two,
      { keys: [x, y], threshold: 2, by: [a, x, y] },
      [a, b, x, y],
    ),
    bad(
      'new-threshold-missed',
      'two new keys, threshold 2: both former ones sign, and one new one',
      { ...own, rows: [...own.rows, 'T10'] },
      two,
      { keys: [x, y], threshold: 2, by: [a, b, x] },
      [a, b, x, y],
    ),
    bad(
      'threshold-raised-too-few',
      'the threshold goes from 2 to 3: two sign',
      own,
      two,
      { keys: [a, b, c], threshold: 3, by: [a, b] },
      [a, b, c],
    ),
    fine('threshold-raised', 'the threshold goes from 2 to 3: three sign', good, two, {
      keys: [a, b, c],
      threshold: 3,
      by: [a, b, c],
    }),
    bad(
      'threshold-lowered-too-few',
      'the threshold goes from 2 to 1: one signs',
      few,
      two,
      { keys: [a, b, c], threshold: 1, by: [a] },
      [a, b],
    ),
    fine('threshold-lowered', 'the threshold goes from 2 to 1: two sign', good, two, {
      keys: [a, b, c],
      threshold: 1,
      by: [a, b],
    }),
    fine('threshold-met', 'threshold 2 of three: two sign', good, two, { keys: [a, b, c], threshold: 2, by: [b, c] }),
    fine(
      'key-in-both',
      'threshold 2; one key stays, one goes, one comes: a signature of the one that stays counts for both roots',
      good,
      [[a, b], 2],
      { keys: [b, x], threshold: 2, by: [a, b, x] },
    ),
    bad(
      'key-in-both-alone',
      'threshold 2; one key stays, one goes, one comes: the one that stays and the new one sign',
      few,
      [[a, b], 2],
      { keys: [b, x], threshold: 2, by: [b, x] },
      [a, b, x],
    ),
    fine(
      'keys-split',
      'threshold 2 before, 3 after, no key stays: two former and three new ones sign',
      good,
      [[a, b, c], 2],
      { keys: [x, y, z], threshold: 3, by: [c, b, z, y, x] },
    ),
    fine(
      'stolen-key-removed',
      'threshold 2 of four; one was stolen and is removed by two of the others',
      { ...good, rows: ['2.1.1-c', '5.3.4a', '1.5.3-a'], effect: 'a stolen key below the threshold cannot be removed' },
      [[a, b, c, d], 2],
      { keys: [b, c, d], threshold: 2, by: [b, c] },
    ),
    bad(
      'same-signature-twice',
      'threshold 2, one signature and its copy',
      counts,
      two,
      { keys: [a, b, c], threshold: 2, by: [a, a] },
      [a, b],
      'malformed',
    ),
    bad(
      'same-keyid-twice',
      'threshold 2, one signature and its copy in upper-case hex',
      counts,
      two,
      { keys: [a, b, c], threshold: 2, by: [a, { ...a, sign: (message) => a.sign(message).toUpperCase() }] },
      [a, b],
      'malformed',
    ),
    bad(
      'same-keyid-twice-beside-enough',
      'threshold 2, two good signatures and a copy of one: the file is refused all the same',
      {
        ...counts,
        attack: 'parser-differential',
        rows: ['4.2.1-c', '4.2.1-e', 'A-05'],
        effect: 'one reader counts what another does not',
        peers: ['tough 0.19.0 accepts'],
      },
      two,
      { keys: [a, b, c], threshold: 2, by: [a, b, a] },
      [a, b],
      'malformed',
    ),
    bad(
      'new-key-signs-twice',
      'the threshold goes from 1 to 2: the former key signs, and one of two new ones twice',
      {
        ...counts,
        rows: ['5.3.4b', '5.3.4c', '5.3.4d', 'A-05', 'SIG-03', 'PY-2', 'T10'],
        effect: 'one new key is enough where two are asked for',
      },
      [[a], 1],
      { keys: [x, y], threshold: 2, by: [a, x, x] },
      [a, x, y],
      'malformed',
    ),
    bad(
      'old-key-under-two-keyids',
      'threshold 2 of three keyids, two of which have one public key; both of these sign',
      {
        ...counts,
        level: 'decision',
        rows: ['5.3.4c', 'A-04', 'SIG-04', 'GO-1', 'PY-3', 'J14', 'B10', 'T10'],
        effect: 'one stolen key meets a threshold of two (GHSA-3633-5h82-39pq)',
      },
      [[a, aliasOf(a), b], 2],
      { keys: [a, aliasOf(a), b], threshold: 2, by: [a, aliasOf(a)] },
      [a, b],
    ),
    bad(
      'new-key-under-two-keyids',
      'the threshold goes from 1 to 2: the former key signs, and one of two new ones under two keyids',
      {
        ...counts,
        level: 'decision',
        rows: ['5.3.4b', '5.3.4c', 'A-04', 'SIG-03', 'SIG-04', 'T10'],
        effect: 'one new key is enough where two are asked for',
      },
      [[a], 1],
      { keys: [x, aliasOf(x), y], threshold: 2, by: [a, x, aliasOf(x)] },
      [a, x, y],
    ),
    bad(
      'padded-to-threshold',
      'threshold 2: one true signature, one of a foreign key under the keyid of another, an empty one, one of an unknown key',
      { ...counts, rows: ['5.3.4a', '4.2.1-d', 'T10', 'SIG-09'] },
      two,
      { keys: [a, b, c], threshold: 2, by: [a, { ...attacker, keyid: b.keyid }, { ...c, sign: () => '' }, attacker] },
      [a, b],
    ),
    fine(
      'threshold-among-others',
      'threshold 2: two true signatures beside an empty one, one that is no hex and one of an unknown key',
      {
        ...good,
        level: 'decision',
        rows: ['4.2.1-d', 'SIG-09', 'B9'],
        effect: 'a signer who fails locks out everybody: the roots 12 and 14 of Sigstore have empty signatures',
      },
      [[a, b, c], 2],
      { keys: [a, b, c], threshold: 2, by: [{ ...b, sign: () => '' }, attacker, { ...x, sign: () => 'none' }, a, c] },
    ),
    refused(
      'update-root/threshold-above-keys',
      'the next root asks for two signatures of one key',
      { ...own, level: 'decision', rows: ['A-08', '5.3.4b'] },
      'unsigned',
      'root',
      (repository) =>
        repository.forge({
          bump: all,
          signed: { root: (signed) => withValue(signed, ['roles', 'root', 'threshold'], 2) },
        }),
      { recovery: { bump: all } },
    ),
  ];
}
