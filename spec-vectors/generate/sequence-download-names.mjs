// @ts-check
/** Target paths as names: what is asked for, and that one file is written, inside the folder. */
import { sequenceVector } from './sequence.mjs';
import { found, hello, helloAgain, released, rootOf, text } from './sequence-parts.mjs';

/** @typedef {import('./vector.mjs').About} About */

const content = text('the file of an odd name\n');

/** @type {About} */
const odd = {
  section: '4.5',
  level: 'decision',
  attack: 'path-traversal',
  rows: ['3.1.1-a', '4.5-b', '5.7.3d', 'A-15', 'T29', 'J20', 'GAP-10'],
  effect: 'the target cannot be downloaded, or the name leads to another URL or out of the folder',
};
/** @type {About} */
const outside = {
  ...odd,
  rows: ['5.7.3d', 'A-15', 'T29', 'PATH-02', 'TH-12', 'SG-10', 'GAP-11'],
  effect: 'the name leads out of the folder, to files of the user (CVE-2021-41149, CVE-2026-24137)',
};
/** @type {About} */
const long = {
  ...odd,
  attack: 'denial-of-service',
  rows: ['5.7.3d', 'A-15', 'J21', 'GAP-11'],
  effect: 'a target whose name is too long for a file cannot be downloaded, or the client crashes',
};

export function vectors() {
  return [...usable(), ...unusable(), ...alike()];
}

/** A target of that name, with and without a digest in its URL. @param {string} label @param {string} what @param {string} name @param {About} [about] */
function named(label, what, name, about = odd) {
  const targets = { 'hello.txt': hello, [name]: content };
  return [true, false].map((consistentSnapshot) => {
    const of = released({ targets, consistentSnapshot });
    const place = consistentSnapshot ? '' : '-plain';
    return sequenceVector(
      `download/name-${label}${place}`,
      `the target ${what}${consistentSnapshot ? '' : ', without consistent snapshots'}`,
      about,
      rootOf(of),
      // A file whose name begins with a dot may be hidden from whoever judges.
      [name.startsWith('.') ? { ...found(of, name, content), written: undefined } : found(of, name, content)],
    );
  });
}

function usable() {
  const both = [
    named('blank', 'a b/c d.txt', 'a b/c d.txt'),
    named('number-sign', 'a#b.txt', 'a#b.txt'),
    named('question-mark', 'a?b=c.txt', 'a?b=c.txt'),
    named('percent', '100%.txt', '100%.txt'),
  ];
  const first = (/** @type {string} */ label, /** @type {string} */ what, /** @type {string} */ name, about = odd) =>
    named(label, what, name, about).slice(0, 1);
  return [
    ...both.flat(),
    ...first('encoded', 'a%2Fb%2e%2e.txt, which is not a/b...txt', 'a%2Fb%2e%2e.txt'),
    ...first('encoded-climbing', '%2e%2e/x.txt, which is not ../x.txt', '%2e%2e/x.txt', outside),
    ...first('everything', 'a name with all of these at once', 'a b/\u00fc?#%.txt'),
    ...first('composed', 'a name with a composed letter', 'caf\u00e9.txt'),
    ...first('decomposed', 'a name with a decomposed letter', 'cafe\u0301.txt'),
    ...first('other-script', 'a name in another script', '\u6587\u66f8/\u6587\u4ef6.txt'),
    ...first('astral', 'a name with a letter outside the first plane', '\u{1f511}.txt'),
    ...first('marks', 'a name with marks that URLs use', 'a;b,c@d=e&f+g$h.txt'),
    ...first('colon', 'c:x.txt', 'c:x.txt', outside),
    ...first('backslash', 'a\\..\\b.txt', 'a\\..\\b.txt', outside),
    ...first('quotes', 'a name with quotation marks', 'a"b<c>|d.txt'),
    ...first('line-feed', 'a name with a line feed', 'a\nb.txt'),
    ...first('hidden', '.hidden', '.hidden'),
    ...first('three-dots', '.../x', '.../x'),
    ...first('device', 'nul', 'nul', { ...odd, rows: ['5.7.3d', 'A-15', 'J21', 'GAP-11'] }),
    ...first('device-with-extension', 'con.txt', 'con.txt', { ...odd, rows: ['5.7.3d', 'A-15', 'J21', 'GAP-11'] }),
    ...first('of-metadata', 'root.json', 'root.json', { ...odd, rows: ['5.7.3d', 'A-15', 'T20'] }),
    ...first('leading-slash', '/etc/x.txt', '/etc/x.txt', outside),
    ...first('two-leading-slashes', '//example.org/x.txt', '//example.org/x.txt', outside),
    ...first('url', 'https://example.org/x.txt', 'https://example.org/x.txt', outside),
    ...first('empty-segment', 'a//b.txt', 'a//b.txt'),
    ...first('trailing-slash', 'a/', 'a/'),
    ...first('trailing-dot', 'a.', 'a.'),
    ...first('trailing-blank', 'a name that ends in a blank', 'a '),
    ...first('long', 'a name of 240 letters', 'long-'.repeat(48), long),
    ...first('too-long', 'a name of 300 letters, which no file on a disk can have', 'longer'.repeat(50), long),
    ...first(
      'long-when-encoded',
      'a name of 50 letters that take six characters each when encoded',
      '\u00e9'.repeat(50),
      long,
    ),
    ...first('many-folders', 'a name with 70 slashes', `${'ab/'.repeat(70)}c.txt`, long),
  ];
}

/** What no URL carries: the target is refused before anything is asked for, the others stay usable. */
function unusable() {
  const refused = (/** @type {string} */ label, /** @type {string} */ name) => {
    const of = released({ targets: { 'hello.txt': hello, [name]: content } });
    return sequenceVector(
      `download/name-${label}`,
      `the target ${JSON.stringify(name)}: no URL carries it safely, so nothing is asked for; the other target can be used`,
      { ...outside, rows: ['4.5-b', 'A-15', 'T29', 'PATH-02', 'TH-12', 'J20', 'GAP-11'] },
      rootOf(of),
      [
        helloAgain(of),
        {
          serve: of,
          download: [name],
          reject: 'malformed',
          further: [],
          written: { 'hello.txt': hello, [name]: null },
        },
        { serve: of },
      ],
    );
  };
  return [
    refused('climbing', '../x.txt'),
    refused('climbing-inside', 'a/../../x.txt'),
    refused('climbing-back', 'a/../b.txt'),
    refused('climbing-last', 'a/..'),
    refused('climbing-absolute', '/../x.txt'),
    refused('dot-first', './x.txt'),
    refused('dot-inside', 'a/./b.txt'),
    refused('dot', '.'),
    refused('two-dots', '..'),
    refused('nothing', ''),
  ];
}

/** Names that are alike on some disks are two files. */
function alike() {
  const other = text('the other file\n');
  const pair = (
    /** @type {string} */ label,
    /** @type {string} */ comment,
    /** @type {string} */ one,
    /** @type {string} */ two,
  ) => {
    const of = released({ targets: { [one]: content, [two]: other } });
    return sequenceVector(
      `download/names-${label}`,
      comment,
      {
        ...odd,
        rows: ['5.7.3d', 'A-15', 'A-39', 'J22', 'GAP-11'],
        effect: 'one target replaces another in the folder',
      },
      rootOf(of),
      [{ serve: of, download: [one, two], requests: null, written: { [one]: content, [two]: other } }],
    );
  };
  return [
    pair('alike-but-for-case', 'Saw.txt and saw.txt: two files', 'Saw.txt', 'saw.txt'),
    pair(
      'alike-but-for-composition',
      'names that look the same, with one letter composed and decomposed: two files',
      'caf\u00e9.txt',
      'cafe\u0301.txt',
    ),
    pair('alike-when-encoded', 'a/b.txt and a%2Fb.txt: two files', 'a/b.txt', 'a%2Fb.txt'),
    pair('file-and-folder', 'a and a/b.txt: two files', 'a', 'a/b.txt'),
  ];
}
