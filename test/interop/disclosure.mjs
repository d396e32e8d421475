/**
 * Which failures of released peers are shown in detail. What may help an attacker and is not public yet is counted by its
 * family and no more: docs/audit/disclosure.md.
 */

/**
 * What is public of the versions that peers.mjs names: whoever knows it knows these failures.
 *
 * @type {readonly { peer: string, vectors: RegExp, reference: string }[]}
 */
const publicDefects = [
  {
    peer: 'go-tuf 2.4.2',
    vectors:
      /^(signature\/ed25519-key-|threshold\/(beside|counted)-)(31-bytes|33-bytes|64-bytes|64-zeros|der-hex|empty|without-public)$/,
    reference: 'mended by go-tuf 33d359c, sigstore PR 2378',
  },
  { peer: 'go-tuf 2.4.2', vectors: /^delegation\/diamond-/, reference: 'go-tuf 759' },
];

/**
 * Questions to one part of a client about a text that is signed as it stands: whoever asks them has the keys, so that a lax
 * answer alone is no weakness. The globs of clients are known to differ.
 */
const parts =
  /^(canonical-json|strict-reading|keyid|date-time|path-pattern|hash-bin|target-url)\/|^delegation\/pattern-/;

/** To refuse what is honest, or to read it otherwise than another client, helps nobody who has not its keys. */
const harmless = new Set(['lock-out', 'parser-differential', 'denial-of-service', 'fast-forward', 'redirection']);

/** Where to read laxly what is signed can count for more than those who signed it. */
const beyondReading = new Set(['threshold-bypass', 'arbitrary-software', 'path-traversal', 'key-compromise']);

/**
 * Whether a failure may help an attacker.
 *
 * @param {import('./audit.mjs').Outcome} outcome
 */
function isExploitable({ id, level, attack, problems }) {
  if (problems.some(({ what }) => what === 'client' || what === 'taken')) return true;
  if (parts.test(id) || harmless.has(attack)) return false;
  // What is refused where it should be accepted is kept and installed otherwise, too, as a matter of course.
  if (problems.some(({ what, expected }) => what === 'result' && !expected.startsWith('refused'))) return false;
  const isReading = problems.some(({ what, expected }) => what === 'result' && readingReason.test(expected));
  if (isReading && !beyondReading.has(attack)) return false;
  return problems.some(({ what, expected }) => {
    if (what === 'targets') return expected === 'no other file';
    // What else is kept after a refusal is a choice where the specification is silent.
    return what === 'result' || what === 'answer' || (what === 'trusted' && level !== 'decision');
  });
}

/** The refusals of a document for how it reads, by nothing but this. */
const readingReason = /^refused \((malformed|wrong-type|spec-version)\)$/;

/** The public reference for a failure of a peer, where there is one. */
export function publicReference(peer, id) {
  return publicDefects.find((each) => peer.startsWith(each.peer) && each.vectors.test(id))?.reference;
}

/** Whether a failure of a peer is not to be shown in detail. */
export function isWithheld(peer, outcome) {
  return isExploitable(outcome) && publicReference(peer, outcome.id) === undefined;
}
