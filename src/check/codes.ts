/** How bad a finding is: clients refuse something, or nobody knows whether they do; somebody should act; good to know. */
export type Severity = 'error' | 'warning' | 'note';

/** The codes. One keeps its meaning; new ones may come. */
export type CheckCode =
  | 'file-missing'
  | 'file-unreadable'
  | 'document-refused'
  | 'document-stray'
  | 'length-wrong'
  | 'hash-wrong'
  | 'version-wrong'
  | 'meta-missing'
  | 'signatures-short'
  | 'signature-false'
  | 'signature-empty'
  | 'signature-stranger'
  | 'nothing-published'
  | 'root-missing'
  | 'root-forked'
  | 'root-chain-broken'
  | 'next-root-answered'
  | 'root-unreached'
  | 'root-threshold-one'
  | 'threshold-one'
  | 'threshold-unmet'
  | 'root-key-online'
  | 'targets-key-online'
  | 'key-in-roles'
  | 'key-listed-twice'
  | 'key-missing'
  | 'key-unusable'
  | 'key-form-unusual'
  | 'key-private-published'
  | 'keyid-mismatch'
  | 'rsa-short'
  | 'key-not-portable'
  | 'threshold-not-portable'
  | 'key-unused'
  | 'owner-meets-threshold'
  | 'expired'
  | 'expires-soon'
  | 'expiry-order'
  | 'timestamp-long'
  | 'role-unpublished'
  | 'role-orphaned'
  | 'role-left-over'
  | 'delegation-cycle'
  | 'delegation-diamond'
  | 'delegation-overlap'
  | 'delegation-blocked'
  | 'delegation-empty'
  | 'target-unreachable'
  | 'target-shadowed'
  | 'channel-broken'
  | 'target-missing'
  | 'target-wrong'
  | 'target-hashes-unknown'
  | 'target-changed'
  | 'file-extra'
  | 'file-ahead'
  | 'role-name-risky'
  | 'target-path-risky'
  | 'pattern-risky'
  | 'hash-prefix-risky'
  | 'target-hash-risky'
  | 'number-large'
  | 'spec-version-form'
  | 'expires-form'
  | 'document-spelling'
  | 'document-large'
  | 'timestamp-extra'
  | 'snapshot-extra'
  | 'meta-unbounded'
  | 'consistent-snapshot-off'
  | 'terminating-missing'
  | 'no-https'
  | 'missing-answered'
  | 'missing-status'
  | 'missing-cached'
  | 'timestamp-cached'
  | 'timestamp-cache-unsaid'
  | 'immutable-cache-short'
  | 'cors-missing'
  | 'cors-missing-on-404'
  | 'encoding-unasked'
  | 'encoding-offered'
  | 'range-wrong'
  | 'redirected'
  | 'redirect-refused'
  | 'url-refused'
  | 'rolled-back'
  | 'forked'
  | 'target-conflict'
  | 'other-unverified'
  | 'check-incomplete'
  | 'bound-met'
  | 'contents-unchecked';

/** What is said of a code wherever it is found. */
export interface CodeEntry {
  readonly severity: Severity;
  /** One clause for people. */
  readonly meaning: string;
  /** What to do next. */
  readonly advice: string;
}

const error = (meaning: string, advice: string): CodeEntry => ({ severity: 'error', meaning, advice });
const warning = (meaning: string, advice: string): CodeEntry => ({ severity: 'warning', meaning, advice });
const note = (meaning: string, advice: string): CodeEntry => ({ severity: 'note', meaning, advice });

const restore = 'restore the file from a backup of what was served, or publish a new version';
const rotateIt = 'replace the key with tufa rotate';

/** Documents: whether they are there, are readable, and are what their delegators say. */
const documents = {
  'file-missing': error('a metadata file that is listed is not there', restore),
  'file-unreadable': error('a file cannot be read', 'see what is said of it, then check again'),
  'document-refused': error('a strict client refuses the document', 'correct what is named and publish a new version'),
  'document-stray': error('the file holds another role or version than its name says', restore),
  'length-wrong': error('a document is not as long as is listed', restore),
  'hash-wrong': error('a document does not have the digest that is listed', restore),
  'version-wrong': error('a document does not have the version that is listed', restore),
  'meta-missing': error('a file that clients need is not listed', 'publish a new version that lists it'),
  'signatures-short': error('too few keys of the role have signed', 'have it signed by its owners'),
  'signature-false': warning('a signature by a key of the role is false', 'sign the document again'),
  'signature-empty': note('a signature is an empty text', 'leave out the entry: some clients count it as malformed'),
  'signature-stranger': note('a signature is by no key of the role', 'leave it out when the document is signed again'),
  'nothing-published': error('there is no timestamp', 'publish, or check the address'),
} satisfies Partial<Record<CheckCode, CodeEntry>>;

const roots = {
  'root-missing': error(
    'a version of root is not there: a client that ships an older one comes no further',
    'serve every version of root for ever; restore it from a backup',
  ),
  'root-forked': error(
    'the root that is served differs from the trusted one of its version',
    'find out who made the other one; restore the trusted one',
  ),
  'root-chain-broken': error(
    'a root is no successor of the one before it',
    'restore the root that was signed by both; clients stay on the one before',
  ),
  'next-root-answered': error(
    'what is answered for the next root is no root',
    'let the server answer 404 where there is no file; no page, no redirect',
  ),
  'root-unreached': note(
    'not every root from version 1 on was looked at',
    'check from version 1: give 1.root.json as --root',
  ),
} satisfies Partial<Record<CheckCode, CodeEntry>>;

const keys = {
  'root-threshold-one': warning('one root key alone can make a new root', 'require more keys for root'),
  'threshold-one': note('one key alone can sign for the role', 'require more keys where they are held by people'),
  'threshold-unmet': error('more signatures are required than keys can sign', 'add keys, or lower the threshold'),
  'root-key-online': warning('a root key also signs for a role that is online', rotateIt),
  'targets-key-online': warning('a key of targets also signs for a role that is online', rotateIt),
  'key-in-roles': note('one key signs for several roles', 'use a key for each role where they are kept apart'),
  'key-listed-twice': warning('one public key is listed under two keyids of a role: it counts once', rotateIt),
  'key-missing': warning('a keyid of a role names no key', 'list the key, or remove its id from the role'),
  'key-unusable': warning('no client verifies with a key that is listed', rotateIt),
  'key-form-unusual': warning('some clients do not read a key in this form', rotateIt),
  'key-private-published': error(
    'a private key is published',
    'treat it as stolen: replace it wherever it is trusted (here: tufa rotate), and remove the file',
  ),
  'keyid-mismatch': warning('a keyid is not the digest of its key', 'list the key anew under its own id'),
  'rsa-short': note('an RSA key has fewer than 3072 bits', rotateIt),
  'key-not-portable': note(
    'clients without TAP 21 pass over a key of ML-DSA that is listed',
    'none, while as many other keys sign as the role requires',
  ),
  'threshold-not-portable': warning(
    'the role cannot be met without ML-DSA: clients without TAP 21 refuse what it signs',
    'require no more signatures than other keys can make, or see that every client verifies ML-DSA',
  ),
  'key-unused': note('a key is listed and no role uses it', 'leave it out of the next version'),
  'owner-meets-threshold': warning('one owner holds as many keys as the role requires', 'share them out, or raise it'),
} satisfies Partial<Record<CheckCode, CodeEntry>>;

const expiry = {
  expired: error('clients refuse the document: it has expired', 'sign a new version: tufa publish, tufa timestamp'),
  'expires-soon': warning('the document expires soon', 'sign a new version in time: tufa publish, tufa timestamp'),
  'expiry-order': note(
    'a document outlives one that clients need together with it',
    'renew the one that ends first: clients stop when it has ended',
  ),
  'timestamp-long': warning(
    'the timestamp lasts for weeks: for as long an attacker may withhold updates',
    'give it a day or a few in tufa.json, and renew it with tufa timestamp',
  ),
} satisfies Partial<Record<CheckCode, CodeEntry>>;

const delegations = {
  'role-unpublished': warning(
    'a role is delegated and not published: a search that comes to it fails',
    'publish the role, or remove the delegation',
  ),
  'role-orphaned': warning(
    'no role delegates to one that lists targets: no client finds them',
    'delegate to it again; where its targets were meant to go, nothing: a snapshot goes on listing what it once listed',
  ),
  'role-left-over': note(
    'no role delegates to one any more, and nothing is lost: all that it lists is listed elsewhere',
    'nothing: a snapshot goes on listing what it once listed, or clients refuse it',
  ),
  'delegation-cycle': warning('delegations lead back to a role', 'remove one delegation of the cycle'),
  'delegation-diamond': note('several roles delegate to one', 'see that all of them mean the same keys'),
  'delegation-overlap': note(
    'two delegations are trusted with the same paths: the first is asked first',
    'see that the order is meant',
  ),
  'delegation-blocked': warning(
    'a terminating delegation ends the search before a later one is asked',
    'change the order, or the paths',
  ),
  'delegation-empty': warning('a delegation is trusted with no path', 'give it paths, or remove it'),
  'target-unreachable': warning(
    'targets are listed and no client finds them',
    'delegate their paths to the role, or list them elsewhere',
  ),
  'target-shadowed': warning(
    'targets are listed and clients find another role first',
    'remove one of the two, or change the order of the delegations',
  ),
  'channel-broken': error(
    'a channel names no target that clients find',
    'set it anew with tufa channel, or end it with tufa channel --remove',
  ),
} satisfies Partial<Record<CheckCode, CodeEntry>>;

const files = {
  'target-missing': error('a target file that is listed is not there', 'add the file again and publish'),
  'target-wrong': error('a target file is not the one that is listed', 'restore the file, or publish it anew'),
  'target-hashes-unknown': error('a target lists no digest that counts', 'list sha256'),
  'target-changed': warning(
    'the content of a target path changed between versions',
    'give new content a new path; nothing is to be done where the path is meant to move',
  ),
  'file-extra': warning('a file is served that nothing lists', 'remove it, if nobody needs it'),
  'file-ahead': note(
    'a version is served that is newer than the published one',
    'finish the publication: tufa publish; or remove the file before anybody builds on it',
  ),
} satisfies Partial<Record<CheckCode, CodeEntry>>;

const portability = {
  'role-name-risky': warning('clients and servers read a role name differently', 'rename the role'),
  'target-path-risky': warning('clients and servers read a target path differently', 'rename the target'),
  'pattern-risky': warning('clients read a path pattern differently', 'write it with * and ? alone'),
  'hash-prefix-risky': warning('clients read a path hash prefix differently', 'write 1 to 64 lower-case hex digits'),
  'target-hash-risky': warning('a target lists no digest that every client knows', 'list sha256 too'),
  'number-large': warning('a number is beyond what 32 bits hold', 'use smaller versions'),
  'spec-version-form': warning(
    'spec_version is not of three numbers: some clients refuse it',
    'sign a new version with 1.0.31 or later',
  ),
  'expires-form': warning(
    'a date is not of the form YYYY-MM-DDTHH:MM:SSZ: some clients refuse it',
    'sign a new version',
  ),
  'document-spelling': note(
    'signed is not written in canonical order without blanks: clients that write it anew may compute another form',
    'nothing while clients verify what they received',
  ),
  'document-large': warning('a document is longer than some clients take by default', 'split it by delegations'),
  'timestamp-extra': warning('the timestamp lists more than the snapshot', 'list snapshot.json alone'),
  'snapshot-extra': note('the snapshot lists files that are no targets roles', 'nothing: clients ignore them'),
  'meta-unbounded': note('a document is listed without length or hashes', 'list both: tufa publish does'),
  'consistent-snapshot-off': warning(
    'without consistent snapshots clients are refused while a release is written',
    'make the repository anew with consistent snapshots',
  ),
  'terminating-missing': warning('a delegation lacks terminating: python-tuf refuses it', 'write true or false'),
} satisfies Partial<Record<CheckCode, CodeEntry>>;

/** How a web server answers. */
const hosting = {
  'no-https': note('the connection is not encrypted: anybody on the way can withhold updates', 'serve it by HTTPS'),
  'missing-answered': error(
    'the server answers for a file that is not there',
    'let it answer 404 where there is no file; no page, no redirect',
  ),
  'missing-status': warning(
    'the server answers for a file that is not there by a status other than 404',
    'let it answer 404: clients take 403 for it or fail, and fail at all others',
  ),
  'missing-cached': warning(
    'that a file is not there may be cached for long: a new root is found late',
    'send Cache-Control: no-store or max-age of a minute with 404',
  ),
  'timestamp-cached': warning(
    'the timestamp may be cached for long: clients learn of updates late',
    'send Cache-Control: no-cache, or max-age of some minutes, with timestamp.json',
  ),
  'timestamp-cache-unsaid': warning(
    'nothing says how long the timestamp may be cached: each cache decides',
    'send Cache-Control: no-cache, or max-age of some minutes, with timestamp.json',
  ),
  'immutable-cache-short': note(
    'a file that never changes may be cached for less than an hour',
    'send Cache-Control: public, max-age=31536000, immutable with versioned metadata and hashed targets',
  ),
  'cors-missing': warning(
    'no browser may read the files: Access-Control-Allow-Origin is missing',
    'send Access-Control-Allow-Origin: *',
  ),
  'cors-missing-on-404': warning(
    'no browser may see that the next root is not there: CORS headers are missing on 404',
    'send Access-Control-Allow-Origin: * with errors too (nginx: add_header … always)',
  ),
  'encoding-unasked': error(
    'a body is encoded that was asked for as it is: lengths and digests fail',
    'send these files as they are, without Content-Encoding',
  ),
  'encoding-offered': note(
    'bodies are compressed where a client allows it',
    'switch compression off for these files, or see that clients count decoded bytes',
  ),
  'range-wrong': warning('a range is answered by other bytes or another length', 'switch ranges off, or correct them'),
  redirected: note('files are reached by a redirect', 'give clients the address that it leads to'),
  'redirect-refused': error(
    'a redirect leads to another origin or to nowhere: clients do not follow it',
    'serve the files where clients ask for them',
  ),
  'url-refused': error('a file cannot be had from the server', 'see what is said of it, then check again'),
} satisfies Partial<Record<CheckCode, CodeEntry>>;

const against = {
  'rolled-back': error(
    'a version is older than that of the other copy, or than one that was published',
    'bring back the newer files: clients that hold them refuse the older ones',
  ),
  forked: error(
    'one version has two contents',
    'find out which one was signed last, and by whom; publish a new version',
  ),
  'target-conflict': error(
    'one version of a role names other content for a target than the other copy does',
    'find out which one was signed last, and by whom',
  ),
  'other-unverified': warning('the other copy is not verified by the root', 'compare with a copy that is'),
} satisfies Partial<Record<CheckCode, CodeEntry>>;

const bounds = {
  'check-incomplete': error(
    'something that clients need was not looked at: the check says nothing for the repository',
    'give it more time with --max-time; the other bounds are options of checkRepository in tufa/check',
  ),
  'bound-met': warning(
    'there is more beside what clients need than the check looks at',
    'look at the rest by other means; the bound that is named is an option of checkRepository in tufa/check',
  ),
  'contents-unchecked': note('the contents of target files were not looked at', 'check again without --skip-contents'),
} satisfies Partial<Record<CheckCode, CodeEntry>>;

/** Every code with what it means and what to do. */
export const checkCodes: Readonly<Record<CheckCode, CodeEntry>> = {
  ...documents,
  ...roots,
  ...keys,
  ...expiry,
  ...delegations,
  ...files,
  ...portability,
  ...hosting,
  ...against,
  ...bounds,
};
