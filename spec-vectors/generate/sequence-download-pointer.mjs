// @ts-check
/**
 * Which release is the latest: a target whose file has the path of another one in a line. Every TUF client can follow it, since
 * it is a file like any other; nothing here asks for more.
 */
import { Repository } from './repository.mjs';
import { sequenceVector } from './sequence.mjs';
import { found, hello, helloAgain, rootOf, targetRequest, text } from './sequence-parts.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./sequence.mjs').Step} Step */
/** @typedef {import('./repository.mjs').Release} Release */

const pointer = 'channels/stable';
const former = 'app-1.2.0.tgz';
const newer = 'app-1.3.0.tgz';
const unlisted = 'app-1.4.0.tgz';
const contents = { [former]: text('with a hole\n'), [newer]: text('with the hole mended\n') };

/** The file of the pointer. @param {string} path */
const line = (path) => text(`${path}\n`);

/** @type {About} */
const chosen = {
  section: '5.7.2',
  level: 'MUST',
  attack: 'wrong-software',
  rows: ['5.7.2', 'T33'],
  effect: 'whoever answers requests chooses which of the signed releases is installed',
};

/** Both releases are listed; the pointer names the former one, then the newer one, then another. @param {string} last */
function releases(last) {
  const repository = new Repository({ targets: { 'hello.txt': hello, ...contents, [pointer]: line(former) } });
  const before = repository.publish();
  const pointing = (/** @type {string} */ path) =>
    repository.publish({ files: { targets: { [pointer]: line(path) } } });
  return { before, after: pointing(newer), next: pointing(last) };
}

/** The pointer, then what it names. @param {Release} release @param {'app-1.2.0.tgz' | 'app-1.3.0.tgz'} path @param {boolean} [isAgain] it may be there already @returns {Step} */
function followed(release, path, isAgain = false) {
  const content = /** @type {Buffer} */ (contents[path]);
  return {
    ...found(release, pointer, line(path)),
    download: [pointer, path],
    further: isAgain ? undefined : [targetRequest(release, pointer, line(path)), targetRequest(release, path, content)],
    written: { [pointer]: line(path), [path]: content },
  };
}

export function vectors() {
  const { before, after, next: back } = releases(former);
  const { next: gone } = releases(unlisted);
  const request = targetRequest(after, pointer, line(newer));
  const asked = targetRequest(gone, pointer, line(unlisted));
  return [
    sequenceVector(
      'download/pointer-file-older',
      'the file of a target that names the release to take is answered with that of an earlier release, which is as long',
      { ...chosen, section: '5.7.3', rows: ['5.7.3b', 'T33', 'T1'] },
      rootOf(before),
      [
        helloAgain(before),
        {
          serve: after,
          but: { targets: { [request.replace('targets/', '')]: line(former) } },
          download: [pointer],
          reject: 'hash-mismatch',
          further: [request],
          written: { 'hello.txt': hello, [pointer]: null },
        },
        followed(after, newer),
      ],
    ),
    sequenceVector(
      'download/pointer-release-older',
      'an earlier release is served whole, in which a target names an earlier release to take',
      { ...chosen, section: '5.4.3', rows: ['5.4.3.1a', 'T33', 'T9'] },
      rootOf(before),
      [
        followed(after, newer),
        {
          serve: before,
          download: [pointer],
          reject: 'rollback',
          stopsAt: 'timestamp',
          written: { [pointer]: line(newer), [former]: null },
        },
        followed(after, newer, true),
      ],
    ),
    sequenceVector(
      'download/pointer-moved-back',
      'a target names the release to take; its publisher lets it name the newer one, and then the former one again',
      { ...chosen, attack: 'lock-out', effect: 'a publisher cannot take a release back by what it signs' },
      rootOf(before),
      [followed(before, former), followed(after, newer), followed(back, former, true)],
    ),
    sequenceVector(
      'download/pointer-to-unlisted',
      'a target names the release to take; the one that it names is served, and listed nowhere',
      { ...chosen, effect: 'a file that nobody signed is asked for, or another release is taken in its place' },
      rootOf(gone),
      [
        followed(after, newer),
        {
          serve: { ...gone, targets: { ...gone.targets, [unlisted]: text('signed by nobody\n') } },
          download: [pointer, unlisted],
          reject: 'not-found',
          further: [asked],
          written: { [pointer]: line(unlisted), [unlisted]: null, [newer]: contents[newer] ?? null },
        },
      ],
    ),
    sequenceVector(
      'download/former-release-asked-for',
      'somebody who is not the publisher names a former release, which is listed still: TUF says that the file is genuine, not that it is the one to take',
      { ...chosen, attack: 'lock-out', effect: 'a release that is listed cannot be had' },
      rootOf(after),
      [found(after, former, /** @type {Buffer} */ (contents[former]))],
    ),
  ];
}
