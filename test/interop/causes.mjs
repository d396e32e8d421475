/**
 * What makes a peer fail many vectors at once, as far as it shows in the reports or in the peer's source. A cause says which
 * failures are its own, so that the numbers of ecosystem.md follow each run. Only failures that are shown (disclosure.mjs) are
 * asked.
 */

/** @typedef {import('./audit.mjs').Outcome} Outcome */

/** What differs, beside the vector's name. @type {Record<string, (outcome: Outcome) => boolean>} */
const kinds = {
  any: () => true,
  /** Something is refused that should be accepted: in the vector, or in its control. */
  refused: ({ problems }) => problems.some(({ expected }) => /^accepted$|"accept"| is accepted$/.test(expected)),
  taken: ({ problems }) => problems.some(({ expected }) => expected.startsWith('refused')),
  /** After the requests that were expected come others, and nothing else differs. */
  more: (outcome) =>
    isRequestsAlone(outcome) && outcome.problems.every(({ expected, found }) => found.startsWith(`${expected}, `)),
  alone: (outcome) => isRequestsAlone(outcome),
  /** Something is refused after metadata was asked for that was not expected. */
  eager: (outcome) => kinds.refused?.(outcome) === true && outcome.problems.some(asksForMoreRoles),
  /** The digest stands before the folder of the target. */
  prefix: ({ problems }) =>
    problems.some(({ what, found }) => what === 'requests' && /targets\/[0-9a-f]{64,128}\.[^,]*\//.test(found)),
};

/** @typedef {readonly [text: string, vectors: RegExp, kind?: string]} Cause */

function asksForMoreRoles({ what, expected, found }) {
  const asked = new Set(expected.split(', '));
  return what === 'requests' && found.split(', ').some((path) => delegated.test(path) && !asked.has(path));
}

/** A request for the metadata of a delegated role. */
const delegated = /^metadata\/(?!(\d+\.)?(root|timestamp|snapshot|targets)\.json$)/;

/** Whether nothing but the requests differs. @param {Outcome} outcome */
export function isRequestsAlone({ problems }) {
  return problems.length > 0 && problems.every(({ what }) => what === 'requests');
}

/** @type {Cause} */
const asksOnce = [
  'It asks for one more file before it says that the timestamp, or the root, has expired.',
  /^(matrix\/freeze-|update-root\/expired-)/,
  'more',
];
/** @type {Cause} */
const rotation = [
  'Held metadata is dropped when it no longer verifies under the new root; the specification drops timestamp and snapshot when a key of either was replaced (5.3.11).',
  /^recovery\/(fast-forward-.*-key|key-removed-|one-of-two-)/,
  'refused',
];
/** @type {Cause} */
const transport = [
  'Redirects to another origin are followed, and compressed answers are read.',
  /^transport\/(redirect-|gzip-)/,
  'taken',
];
/** @param {string} text @returns {Cause} */
const json = (text) => [
  text,
  /^canonical-json\/(depth|duplicate|number|surrogate|utf8)-|(?<!signature|keyids|name)[/-](duplicate|depth|number|(lone-)?surrogates?|utf-8|bytes-that-are-no-utf-8|no-utf-8|too-deep|version-twice|json)(?!s)|-(2-53|2-63|2-64|2-64-plus-one|minus-zero)$|fast-forward-beyond$/,
  'taken',
];
/** @param {string} text @returns {Cause} */
const types = (text) => [text, /^strict-reading\/(?!.*-expires-)|^document\/version-/, 'taken'];
/** @param {string} text @returns {Cause} */
const dates = (text) => [text, /^date-time\/|^strict-reading\/.*-expires-|^document\/expires-|signed-fraction-date/];
/** @param {string} text @returns {Cause} */
const globs = (text) => [text, /^path-pattern\/|^delegation\/pattern-/];
/** @param {string} text @returns {Cause} */
const signatures = (text) => [text, /^signature\//];
/** @param {string} text @returns {Cause} */
const keys = (text) => [
  text,
  /^threshold\/(beside|counted|same-p\d+-hex)|^strict-reading\/.*-key-|^document\/key-|^update-root\/key-unusable/,
  'refused',
];
/** @param {string} text @returns {Cause} */
const names = (text) => [text, /^target-url\/|^download\/names?-|^delegation\/role-named-/];
/** @param {string} text @returns {Cause} */
const algorithms = (text) => [
  text,
  /hashes-(unknown|upper|wrong|md5|blake|sha)|-in-capitals|listed-with-(blake|sha|unknown)|sha256-(upper|mixed)-case|upper-case-digest/,
];
/** @param {string} text @returns {Cause} */
const held = (text) => [text, /\/(local-|all-files-|held-lost)/, 'refused'];
/** @type {Cause} */
const fifthRole = [
  'A root with a role beside the four is refused, be it the `mirrors` of the specification.',
  /role-(mirrors|unknown|named)|role-that-nobody|other-role-unreachable/,
  'refused',
];

/** In the order in which they are asked: a failure belongs to the first that holds. @type {Record<string, readonly Cause[]>} */
export const causes = {
  'python-tuf 7.0.1': [
    asksOnce,
    json("Python's JSON reads a name that stands twice, any nesting and integers of any size."),
    fifthRole,
    keys('A key of a type or scheme that it does not know makes the whole file unreadable.'),
    types('Members are read without a check where Python needs none: `true` for a number, null for an item of a list.'),
    dates(
      '`expires` is read by `strptime` in the one form of the specification: no fraction, no offset, but digits without padding.',
    ),
    signatures('What verifies is left to the library beneath; ECDSA keys in hex are not read.'),
    names(
      'In the names of targets `:`, `@` and other marks are not escaped, nor is `%`; a file name that gets too long is refused.',
    ),
    algorithms('A digest of an algorithm that it does not know, or in capitals, is refused.'),
    globs('Globs are those of `fnmatch`, by segment: brackets that do not close are ordinary text.'),
    rotation,
    transport,
  ],
  'go-tuf 2.4.2': [
    asksOnce,
    ['`path_hash_prefixes` are compared with the digest in base64, and not in hex.', /hash-prefix|^hash-bin\/prefix-/],
    ['`spec_version` is not checked.', /spec-version/, 'taken'],
    [
      'Members that are absent are written as `false`, and the signature is checked over that.',
      /consistent-snapshot-absent|terminating-absent|without-(consistent|terminating)|consistent-not-said/,
    ],
    [
      'One signature that is no hex makes the file unreadable.',
      /bad-(first|last)|root-signature-|threshold-among-others|signature-beside-/,
      'refused',
    ],
    json("Go's JSON reads a name that stands twice, replaces bytes that are no UTF-8, and rounds numbers."),
    keys('Keys that it cannot use are not passed over: the file, or the update, is refused.'),
    types("Go's decoder fills in what is null or missing, and little of what was read is looked at again."),
    dates('`expires` is read with an offset and any fraction, and told in whole seconds of UTC.'),
    signatures('What verifies is left to the library beneath; `scheme` is looked at for little.'),
    names('Names of targets stand in the URL as they are.'),
    algorithms('A digest of an algorithm that it does not know, or in capitals, is refused.'),
    globs('Globs are those of `filepath.Match`, by segment: a backslash escapes, `^` negates.'),
    held('Held files that are damaged or gone end the update.'),
    rotation,
    transport,
  ],
  'tuf-js 6.0.2': [
    asksOnce,
    ['Names are sorted by UTF-16 code units.', /names-(astral|by-code-point)/],
    ['Names such as `constructor` are looked up in the prototypes of objects.', /proto|constructor|to-string|has-own/],
    [
      'Delegated roles whose names are integers come first, as in every JavaScript object.',
      /\/roles-|delegations-order/,
    ],
    [
      'A root without `consistent_snapshot`, or a delegation without `terminating`, is refused.',
      /consistent-snapshot-absent|terminating-absent|without-(consistent|terminating)|consistent-not-said/,
    ],
    json('`JSON.parse` reads a name that stands twice, bytes that are no UTF-8, and rounds numbers.'),
    dates('`expires` is read by `new Date()`, which knows many forms.'),
    types('Members are read without a check of their type where JavaScript needs none.'),
    signatures(
      'What verifies is left to OpenSSL, which looks for the key in what it is given; hex is read up to the first fault.',
    ),
    names('Names of targets stand in the URL as they are, so that `#`, `?` and `\\` mean something there.'),
    algorithms('A digest of an algorithm that it does not know, or in capitals, is refused.'),
    globs('Globs are those of `minimatch`: braces, `!` and `@(…)` mean something, and a leading dot is hidden.'),
    held('Held files that are damaged or gone end the update.'),
    rotation,
    transport,
  ],
  'tough 0.24.0': [
    [
      'It keeps no root, fetches snapshot and targets at each update, and with them all delegated metadata: other requests, the same verdict.',
      /./,
      'alone',
    ],
    ['It does not know TAP 15.', /succinct|^hash-bin\/(bits|name|path)|bin-0|^delegation\/bins/],
    [
      'The digest stands before the first folder of a target and not before its name (`HASH.a/b` for `a/HASH.b`).',
      /./,
      'prefix',
    ],
    [
      'All delegated metadata is fetched at once: what is wrong with a role that the search would not come to ends the update.',
      /^(matrix|delegation|update-targets|recovery|hash-bin|download)\//,
      'eager',
    ],
    [
      'A keyid that is not the hash of its key is refused, as the specification asks (4.3); these vectors, or their controls, tolerate it.',
      /keyid|one-key-|threshold-above-public-keys/,
      'refused',
    ],
    [
      'In canonical JSON text is normalised (NFC), and names are sorted with their quotation marks.',
      /compos|angstrom|combining|hangul|prefix-(space|control)|quotation-mark|differ-in-space|nul-behind/,
    ],
    [
      '`spec_version` is not checked, nor `_type` where a document is read alone.',
      /spec-version|-type-|-is-(root|snapshot|targets)/,
      'taken',
    ],
    [
      'One signature or key that it cannot read makes the file unreadable.',
      /bad-(first|last)|-signature-|threshold-among-others|^threshold\/(beside|counted|same-|.*all-kinds)|-key-|^document\/key|key-unusable/,
      'refused',
    ],
    [
      'A root with a role beside the four, and one without `consistent_snapshot`, is refused.',
      /role-(mirrors|unknown|named)|other-role-unreachable|(consistent-snapshot|terminating)-absent|without-(consistent|terminating)|delegated-without-paths/,
      'refused',
    ],
    json('A name that stands twice and integers up to 2^64 are read.'),
    dates('`expires` is read in many forms of ISO 8601, and written again in one.'),
    types('Members that it does not need are not looked at.'),
    algorithms('A file is known by SHA-256 alone.'),
    globs('Globs are those of `globset`: a star matches `/`, braces and backslashes mean something.'),
    names('Names of targets are resolved as paths before they are looked up.'),
    signatures('What verifies is left to the library beneath.'),
  ],
};

/** The cause of a failure in words, if one is known. @param {string} peer @param {Outcome} outcome */
export function causeOf(peer, outcome) {
  const found = causes[peer]?.find(([, vectors, kind = 'any']) => vectors.test(outcome.id) && kinds[kind]?.(outcome));
  return found?.[0];
}
