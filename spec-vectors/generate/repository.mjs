// @ts-check
/**
 * A repository as an honest publisher keeps it, one release after another, and the documents that somebody else makes with
 * the keys that he has. Versions begin at 1. What is valid expires in 2050, what has expired did so in 2020: most sequences
 * hold at any time between.
 */
import { keyidOf, sha256, testKeys } from './keys.mjs';
import { olpc } from './olpc.mjs';
import { compactText } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {{ [name: string]: Tree }} Signed the `signed` part of a document */
/** @typedef {{ keyid: string, key: Tree, sign: (message: Buffer) => string }} Signer a key that can sign */
/** @typedef {{ signatures: Tree[], signed: Tree }} Envelope */

export const specVersion = '1.0.34';
/** When everything honest expires, and when what has expired did. */
export const valid = '2050-01-01T00:00:00Z';
export const expired = '2020-01-01T00:00:00Z';

/** @typedef {'root' | 'timestamp' | 'snapshot' | 'targets'} TopLevel */
/** @type {readonly TopLevel[]} */
const topLevel = ['root', 'timestamp', 'snapshot', 'targets'];

/**
 * A role that a targets role delegates to. A name that comes again is one role with one more delegator, which may list
 * keys of its own: `signers` of its first place sign, `targets` of its first place count.
 *
 * @typedef {object} Delegated
 * @property {string} name
 * @property {string} [by] the delegating role; `targets` unless given
 * @property {{ [member: string]: Tree }} [delegation] members of the delegation; `paths: ['NAME/*']` unless given
 * @property {readonly Signer[]} [signers] as many test keys of its own as the threshold unless given
 * @property {number} [threshold]
 * @property {{ [path: string]: Buffer }} [targets] its target files
 */

/** @typedef {{ by?: string, bit_length: number, name_prefix: string, threshold?: number }} Succinct `by` is `targets` unless given */

/**
 * @typedef {object} Options
 * @property {boolean} [consistentSnapshot] true unless given
 * @property {'version' | 'all'} [listed] what snapshot and timestamp say of a file; `version` alone unless given
 * @property {Partial<Record<TopLevel, readonly Signer[]>>} [signers]
 * @property {Partial<Record<TopLevel, number>>} [thresholds] 1 unless given
 * @property {{ [path: string]: Buffer }} [targets] target files of the top-level role; `hello.txt` unless given
 * @property {readonly Delegated[]} [delegated] in the order of the delegations
 * @property {Succinct} [succinct] one role delegates to its delegated roles, which are bins with the same signers, in this way (TAP 15)
 */

/**
 * What is different in one release. Functions get the honest `signed` of the next release and give what is signed instead.
 * The names of delegated roles are keys here too.
 *
 * @typedef {object} Changes
 * @property {readonly string[]} [bump] the roles that get a new version: all but root unless given; root where `root` is given
 * @property {{ [role: string]: (signed: Signed) => Tree }} [signed]
 * @property {{ [role: string]: readonly Signer[] }} [signers] who signs, in place of the role's signers
 * @property {{ [role: string]: (envelope: Envelope) => Tree }} [envelope] after signing
 * @property {{ [role: string]: (tree: Tree) => Buffer }} [text] how the document is written
 * @property {{ [role: string]: (bytes: Buffer) => Buffer }} [bytes] the last change
 * @property {{ [role: string]: { [path: string]: Buffer | null } }} [files] target files that a role adds, changes or drops
 */

/**
 * @typedef {object} Release
 * @property {{ [role: string]: Buffer }} documents the newest document of each role
 * @property {{ [role: string]: number }} versions of the documents, as they say
 * @property {{ [path: string]: Buffer }} metadata every file below the metadata URL, old roots included
 * @property {{ [path: string]: Buffer }} targets every file below the targets URL
 * @property {boolean} consistentSnapshot
 */

export class Repository {
  #options;
  #consistentSnapshot;
  // By role, and a role may have any name: these have no prototype.
  /** @type {Record<string, number>} */
  #versions = Object.create(null);
  /** @type {Record<string, { [path: string]: Buffer }>} */
  #files = Object.create(null);
  /** @type {Record<string, Buffer>} */
  #documents = Object.create(null);
  /** Every root by its version. @type {Map<number, Buffer>} */
  #roots = new Map();
  /** What was ever published below the metadata URL. @type {{ [path: string]: Buffer }} */
  #served = {};
  /** Who signs each role. @type {Record<string, readonly Signer[]>} */
  signers = Object.create(null);
  /** Who signed the root before. @type {readonly Signer[]} */
  #formerRootSigners = [];
  /** @type {Record<TopLevel, number>} */
  thresholds;
  /** The delegated roles, in order. @type {Delegated[]} */
  delegated;

  /** @param {Options} [options] */
  constructor(options = {}) {
    this.#options = options;
    this.#consistentSnapshot = options.consistentSnapshot ?? true;
    this.thresholds = { root: 1, timestamp: 1, snapshot: 1, targets: 1, ...options.thresholds };
    this.delegated = [...(options.delegated ?? [])];
    for (const role of topLevel) this.signers[role] = options.signers?.[role] ?? testKeys(role, this.thresholds[role]);
    this.#files['targets'] = options.targets ?? { 'hello.txt': Buffer.from('hello\n') };
    for (const edge of this.delegated) {
      const succinct = this.#succinctOf(edge.by);
      const { name, threshold = succinct?.threshold ?? 1, targets = {} } = edge;
      this.signers[name] ??= edge.signers ?? testKeys(succinct?.name_prefix ?? name, threshold);
      this.#files[name] ??= targets;
    }
  }

  /** The succinct roles of a delegator, where it has some. @param {string} [role] */
  #succinctOf(role = 'targets') {
    const { succinct } = this.#options;
    return (succinct?.by ?? 'targets') === role ? succinct : undefined;
  }

  /** Publishes: what is changed stays changed. The first release has all roles at version 1. @param {Changes} [changes] @returns {Release} */
  publish(changes = {}) {
    const made = this.#make(changes);
    this.#versions = made.versions;
    this.#files = made.files;
    this.#documents = made.release.documents;
    this.#roots = made.roots;
    this.#served = made.release.metadata;
    if (made.isNewRoot) this.#formerRootSigners = this.signers['root'] ?? [];
    return made.release;
  }

  /** What would be published, without publishing it: the next release is made as if this one had never been. @param {Changes} [changes] @returns {Release} */
  forge(changes = {}) {
    return this.#make(changes).release;
  }

  /** The next release after which consistent snapshots are on or off; takes effect with the next root. @param {boolean} on */
  switchConsistentSnapshot(on) {
    this.#consistentSnapshot = on;
  }

  /** @param {string} role @param {number} version @returns {Signed} */
  #opening(role, version) {
    return {
      _type: topLevel.includes(/** @type {TopLevel} */ (role)) ? role : 'targets',
      expires: valid,
      spec_version: specVersion,
      version,
    };
  }

  /** @param {Changes} changes */
  #make(changes) {
    const isFirst = this.#roots.size === 0;
    const names = ['root', ...this.#delegatedNames(), 'targets', 'snapshot', 'timestamp'];
    const isNewRoot = isFirst || (changes.bump?.includes('root') ?? changes.signed?.['root'] !== undefined);
    const isBumped = (/** @type {string} */ role) =>
      isFirst || (role === 'root' ? isNewRoot : (changes.bump?.includes(role) ?? true));
    /** @type {Record<string, number>} */
    const versions = Object.create(null);
    for (const role of names)
      versions[role] = (this.#versions[role] ?? 0) + (isBumped(role) || !(role in this.#versions) ? 1 : 0);
    /** @type {Record<string, { [path: string]: Buffer }>} */
    const files = Object.create(null);
    for (const role of ['targets', ...this.#delegatedNames()])
      files[role] = merged(this.#files[role] ?? {}, own(changes.files, role) ?? {});
    /** @type {Record<string, Buffer>} */
    const documents = Object.create(null);
    /** @type {Record<string, Buffer>} what is served, old roots included */
    const metadata = { ...this.#served };
    const roots = new Map(this.#roots);
    /** @type {Record<string, number>} */
    const said = Object.create(null);
    for (const role of names) {
      const isMade = isBumped(role) || this.#documents[role] === undefined;
      if (!isMade) documents[role] = /** @type {Buffer} */ (this.#documents[role]);
      else {
        const version = /** @type {number} */ (versions[role]);
        const honest = { ...this.#opening(role, version), ...this.#body(role, files, documents, said) };
        const signed = own(changes.signed, role)?.(honest) ?? honest;
        const former = role === 'root' && !isFirst ? this.#formerRootSigners : [];
        const present = this.signers[role] ?? [];
        const signers = own(changes.signers, role) ?? [
          ...present,
          ...former.filter((key) => !present.some(({ keyid }) => keyid === key.keyid)),
        ];
        documents[role] = written(role, signed, signers, changes);
      }
      said[role] = versionOf(/** @type {Buffer} */ (documents[role]), /** @type {number} */ (versions[role]));
      if (role === 'root' && isNewRoot)
        roots.set(/** @type {number} */ (versions['root']), /** @type {Buffer} */ (documents['root']));
    }
    for (const [version, bytes] of roots) metadata[`${version}.root.json`] = bytes;
    const isConsistent = this.#consistentSnapshot;
    for (const role of names.filter((each) => each !== 'root')) {
      const name = `${encodeURIComponent(role)}.json`;
      const path = isConsistent && role !== 'timestamp' ? `${said[role]}.${name}` : name;
      metadata[path] = /** @type {Buffer} */ (documents[role]);
    }
    const targets = Object.fromEntries(
      Object.values(files).flatMap((listed) =>
        Object.entries(listed).map(([path, bytes]) => [targetPath(path, bytes, isConsistent), bytes]),
      ),
    );
    /** @type {Release} */
    const release = { documents, versions: said, metadata, targets, consistentSnapshot: isConsistent };
    return { release, versions, files, roots, isNewRoot };
  }

  /** What the honest document of a role says. @param {string} role @param {Record<string, { [path: string]: Buffer }>} files @param {Record<string, Buffer>} documents @param {Record<string, number>} said @returns {Signed} */
  #body(role, files, documents, said) {
    switch (role) {
      case 'root':
        return {
          consistent_snapshot: this.#consistentSnapshot,
          keys: keysOf(topLevel.flatMap((each) => this.signers[each] ?? [])),
          roles: Object.fromEntries(
            topLevel.map((each) => [
              each,
              { keyids: (this.signers[each] ?? []).map(({ keyid }) => keyid), threshold: this.thresholds[each] },
            ]),
          ),
        };
      case 'timestamp':
        return { meta: { 'snapshot.json': this.#metaFile('snapshot', documents, said) } };
      case 'snapshot':
        return {
          meta: Object.fromEntries(
            [...this.#delegatedNames(), 'targets'].map((each) => [
              `${each}.json`,
              this.#metaFile(each, documents, said),
            ]),
          ),
        };
      default: {
        const delegations = this.#delegations(role);
        const targets = Object.fromEntries(
          Object.entries(files[role] ?? {}).map(([path, bytes]) => [path, targetFile(bytes)]),
        );
        return delegations === undefined ? { targets } : { delegations, targets };
      }
    }
  }

  /** @param {string} role @returns {Tree | undefined} */
  #delegations(role) {
    const below = this.delegated.filter(({ by = 'targets' }) => by === role);
    const [first] = below;
    if (first === undefined) return undefined;
    const keys = keysOf(below.flatMap((edge) => this.#listedSigners(edge)));
    const keyids = (/** @type {Delegated} */ edge) => this.#listedSigners(edge).map(({ keyid }) => keyid);
    const succinct = this.#succinctOf(role);
    if (succinct !== undefined) {
      const { by, threshold = 1, ...bins } = succinct;
      return { keys, succinct_roles: { keyids: keyids(first), threshold, ...bins } };
    }
    return {
      keys,
      roles: below.map((edge) => ({
        keyids: keyids(edge),
        name: edge.name,
        terminating: false,
        threshold: edge.threshold ?? 1,
        ...(edge.delegation ?? { paths: [`${edge.name}/*`] }),
      })),
    };
  }

  /** The keys that one delegator lists for a role. @param {Delegated} edge @returns {readonly Signer[]} */
  #listedSigners(edge) {
    const isFirst = this.delegated.find(({ name }) => name === edge.name) === edge;
    return (isFirst ? undefined : edge.signers) ?? this.signers[edge.name] ?? [];
  }

  #delegatedNames() {
    return [...new Set(this.delegated.map(({ name }) => name))];
  }

  /** @param {string} role @param {Record<string, Buffer>} documents @param {Record<string, number>} said @returns {Tree} */
  #metaFile(role, documents, said) {
    const version = /** @type {number} */ (said[role]);
    return this.#options.listed === 'all'
      ? { ...targetFile(/** @type {Buffer} */ (documents[role])), version }
      : { version };
  }
}

/** A document with its signatures. @param {string} role @param {Tree} signed @param {readonly Signer[]} signers @param {Changes} changes */
function written(role, signed, signers, changes) {
  const envelope = signedBy(signed, signers);
  const tree = own(changes.envelope, role)?.(envelope) ?? envelope;
  const text = (own(changes.text, role) ?? compactText)(tree);
  return own(changes.bytes, role)?.(text) ?? text;
}

/** What stands under a name, whatever the name is. @template T @param {{ [name: string]: T } | undefined} values @param {string} name @returns {T | undefined} */
function own(values, name) {
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}

/** @param {Tree} signed @param {readonly Signer[]} signers @returns {Envelope} */
function signedBy(signed, signers) {
  const canonical = olpc(signed);
  return { signatures: signers.map(({ keyid, sign }) => ({ keyid, sig: sign(canonical) })), signed };
}

/** The bytes of a document that nobody publishes: signed by anyone. @param {Tree} signed @param {readonly Signer[]} signers */
export function documentOf(signed, signers) {
  return compactText(signedBy(signed, signers));
}

/** What metadata says of the bytes of a file. @param {Buffer} bytes @returns {{ hashes: { sha256: string }, length: number }} */
export function targetFile(bytes) {
  return { hashes: { sha256: sha256(bytes) }, length: bytes.length };
}

/** The path below the targets URL, each segment percent-encoded. @param {string} path @param {Buffer} bytes @param {boolean} isConsistent */
export function targetPath(path, bytes, isConsistent) {
  const segments = path.split('/').map(encodeURIComponent);
  if (isConsistent) segments.push(`${sha256(bytes)}.${segments.pop()}`);
  return segments.join('/');
}

/** @param {readonly Signer[]} signers @returns {{ [keyid: string]: Tree }} */
export function keysOf(signers) {
  return Object.fromEntries(signers.map(({ keyid, key }) => [keyid, key]));
}

/** The key object under a keyid of one's own choice, or its digest. @param {Tree} key @param {(message: Buffer) => string} sign @param {string} [keyid] @returns {Signer} */
export function signer(key, sign, keyid = keyidOf(key)) {
  return { keyid, key, sign };
}

/** The version that a document says; the honest one where it says none that can be used. @param {Buffer} bytes @param {number} honest */
function versionOf(bytes, honest) {
  try {
    const { version } = JSON.parse(bytes.toString()).signed;
    return Number.isSafeInteger(version) && version > 0 ? version : honest;
  } catch {
    return honest;
  }
}

/** @param {{ [path: string]: Buffer }} files @param {{ [path: string]: Buffer | null }} changes @returns {{ [path: string]: Buffer }} */
function merged(files, changes) {
  const all = { ...files, ...changes };
  return Object.fromEntries(Object.entries(all).flatMap(([path, bytes]) => (bytes === null ? [] : [[path, bytes]])));
}
