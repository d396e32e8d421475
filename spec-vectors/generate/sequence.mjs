// @ts-check
/**
 * Sequences: a server, what it answers at each step, and what a client must have done after each. What the server answers
 * is given in full for each step here, and written as the difference to the step before.
 */
import { head } from './vector.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {Buffer | { zeros: number }} Content */
/**
 * An answer that is not simply a file; see docs/design/vectors.md.
 *
 * @typedef {object} Fault
 * @property {Content} [body]
 * @property {number} [status]
 * @property {{ [name: string]: string }} [headers]
 * @property {number} [contentLength]
 * @property {boolean} [chunked]
 * @property {boolean} [gzip]
 * @property {boolean} [endless]
 * @property {number} [most]
 * @property {'before-headers' | 'after-headers' | 'mid-body'} [drop]
 * @property {'before-headers' | 'after-headers' | 'mid-body'} [stall]
 * @property {string} [redirect]
 */
/** @typedef {Content | Fault | readonly (Content | Fault)[]} Answer */
/** @typedef {{ [path: string]: Answer | null }} Answers `null`: not there */
/** @typedef {{ result: 'accept' | 'reject', reason?: string | readonly string[] }} Verdict */

/**
 * @typedef {object} Step
 * @property {Release | { metadata: Answers, targets: Answers }} serve everything that the server has
 * @property {{ metadata?: Answers, targets?: Answers }} [but] what is different from `serve`
 * @property {{ metadata?: { [name: string]: Buffer | null }, targets?: { [name: string]: Buffer | null } }} [disk] changes in the client's folders before
 * @property {Buffer} [pin] another pinned root, from this step on
 * @property {string} [time]
 * @property {readonly string[]} [download] the targets; a refresh without
 * @property {string} [reject] the reason; several, separated by a blank, where any will do. Accepted unless given
 * @property {'root' | 'timestamp' | 'snapshot' | 'targets'} [stopsAt] the role at which a refresh is refused: the release is accepted up to there, and nothing is asked for after it
 * @property {{ [role: string]: Buffer | null } | Release} [trusted] what the client holds afterwards. Unless given: the release, where it is accepted or refused after the refresh; its roles before `stopsAt`; what was held before, where it is refused otherwise
 * @property {readonly string[]} [alsoTrusted] delegated roles that the client holds afterwards, too
 * @property {readonly string[]} [notTrusted] delegated roles that it holds not
 * @property {{ [path: string]: Buffer | null }} [written] target files written afterwards
 * @property {readonly string[]} [further] what a download asks for after its refresh, which succeeds
 * @property {readonly string[] | null} [requests] every request, in order; `null`: not judged. Where it is left out: those that the specification has an accepted refresh ask for, up to `stopsAt`, with `further`; not judged for a download without `further`
 * @property {boolean} [exact]
 */

/** The paths that a client asks for, for which nothing is listed in `serve`, are answered 404. */

/**
 * A vector that is a sequence.
 *
 * @param {string} id `FAMILY/NAME` @param {string} comment @param {About} about @param {Buffer} root the pinned root
 * @param {readonly Step[]} steps @param {{ control?: string, profile?: 'strict' }} [options] the control of a refusal that no accepted step comes before; the profile of the client
 */
export function sequenceVector(id, comment, about, root, steps, { control, profile } = {}) {
  const opening = head('sequence/1', id, comment, about);
  const isRefused = steps.some(({ reject }) => reject !== undefined);
  if (isRefused && steps[0]?.reject !== undefined && control === undefined)
    throw new Error(`${id}: a refusal has no control`);
  return { ...opening, sequence: sequence(root, steps, id, profile), ...(control === undefined ? {} : { control }) };
}

/**
 * The member `sequence` of a vector.
 *
 * @param {Buffer} root the pinned root @param {readonly Step[]} steps @param {string} [id] for errors @param {'strict'} [profile]
 */
export function sequence(root, steps, id = 'sequence', profile = undefined) {
  const files = new Files();
  const pinned = files.nameOf(root, 'root-1');
  /** @type {{ metadata: Record<string, unknown>, targets: Record<string, unknown> }} */
  let served = { metadata: {}, targets: {} };
  /** @type {Held} */
  let held = { root, documents: { root } };
  const written = steps.map((step, index) => {
    const where = `${id}, step ${index + 1}`;
    if (step.pin !== undefined) held = { root: step.pin, documents: { root: step.pin } };
    const full = {
      metadata: answers({ ...step.serve.metadata, ...step.but?.metadata }, files),
      targets: answers({ ...step.serve.targets, ...step.but?.targets }, files),
    };
    const serve = { metadata: changed(served.metadata, full.metadata), targets: changed(served.targets, full.targets) };
    served = full;
    const before = held;
    const documents = heldAfter(step, before, where);
    const expect = expected(step, before, documents, files, where);
    held = { root: documents['root'] ?? before.root, documents };
    return {
      ...(step.pin === undefined ? {} : { pin: files.nameOf(step.pin, 'pinned') }),
      ...(step.time === undefined ? {} : { time: step.time }),
      serve: present(serve),
      ...(step.disk === undefined ? {} : { disk: disk(step.disk, files) }),
      do: step.download === undefined ? 'refresh' : { download: [...step.download] },
      expect,
    };
  });
  const times = steps.filter(({ time }) => time !== undefined).length;
  if (times !== 0 && times !== steps.length) throw new Error(`${id}: all steps have a time, or none`);
  return { root: pinned, ...(profile === undefined ? {} : { profile }), files: files.listed(), steps: written };
}

/** @typedef {{ [role: string]: Buffer | null }} Documents */
/** @typedef {{ root: Buffer, documents: Documents }} Held what an honest client holds: its newest root, and every role */

/** What an honest client holds after a step. @param {Step} step @param {Held} before @param {string} where @returns {Documents} */
function heldAfter({ serve, trusted, reject, stopsAt, further }, before, where) {
  if (trusted !== undefined) return isRelease(trusted) ? trusted.documents : { ...before.documents, ...trusted };
  if (reject !== undefined && stopsAt === undefined && further === undefined) return before.documents;
  if (!isRelease(serve)) throw new Error(`${where}: nothing says what is trusted afterwards`);
  if (stopsAt === undefined) return serve.documents;
  const order = ['root', 'timestamp', 'snapshot', 'targets'];
  const passed = order.slice(0, order.indexOf(stopsAt)).map((role) => [role, serve.documents[role]]);
  return { ...before.documents, ...Object.fromEntries(passed) };
}

/** @param {Step} step @param {Held} before @param {Documents} documents what is held afterwards @param {Files} files @param {string} where */
function expected(step, before, documents, files, where) {
  const { reject, trusted, alsoTrusted = [], notTrusted = [], written, exact } = step;
  /** @type {Verdict} */
  const verdict =
    reject === undefined
      ? { result: 'accept' }
      : { result: 'reject', reason: reject.includes(' ') ? reject.split(' ') : reject };
  const roles =
    trusted !== undefined && !isRelease(trusted)
      ? Object.keys(trusted)
      : ['root', 'timestamp', 'snapshot', 'targets', ...alsoTrusted];
  for (const role of alsoTrusted)
    if (documents[role] == null) throw new Error(`${where}: there is no document of ${role}`);
  const held = roles.map((role) => {
    const bytes = documents[role] ?? null;
    return [role, bytes === null ? null : files.nameOf(bytes, role)];
  });
  const requests = step.requests === undefined ? defaultRequests(step, before, where) : (step.requests ?? undefined);
  return {
    ...verdict,
    trusted: Object.fromEntries([...held, ...notTrusted.map((role) => [role, null])]),
    ...(written === undefined
      ? {}
      : {
          targets: Object.fromEntries(
            Object.entries(written).map(([path, bytes]) => [path, bytes === null ? null : files.nameOf(bytes, path)]),
          ),
        }),
    ...(requests === undefined ? {} : { requests: [...requests] }),
    ...(exact === true ? { exact } : {}),
  };
}

/** What the specification has a client ask for. @param {Step} step @param {Held} before @param {string} where */
function defaultRequests({ download, serve, reject, stopsAt, further }, before, where) {
  if (download !== undefined && further === undefined && stopsAt === undefined) return undefined;
  if (!isRelease(serve) || (reject !== undefined && stopsAt === undefined && further === undefined))
    throw new Error(`${where}: say which requests are made, or null`);
  const all = requestsOf(serve, before);
  if (stopsAt === undefined) return [...all, ...(further ?? [])];
  const last = all.findIndex((path, index) => path.includes(`${stopsAt}.json`) && (stopsAt !== 'root' || index === 0));
  if (last === -1) throw new Error(`${where}: ${stopsAt} is not asked for`);
  return all.slice(0, last + 1);
}

/**
 * The requests of a refresh to a release: the root walk, the timestamp, and what is new.
 *
 * @param {Release} release @param {Held} [held] what the client holds; root 1 alone unless given
 * @returns {string[]}
 */
function requestsOf(release, { root, documents } = { root: Buffer.from('{}'), documents: {} }) {
  const first = (versionOf(root) ?? 1) + 1;
  const roots = [`metadata/${first}.root.json`];
  for (let version = first; Object.hasOwn(release.metadata, `${version}.root.json`); version += 1)
    roots.push(`metadata/${version + 1}.root.json`);
  const isNew = (/** @type {string} */ role) => versionOf(documents[role]) !== release.versions[role];
  const fetched = ['snapshot', 'targets'].filter(isNew).map((role) => metadataPath(release, role));
  return [...roots, 'metadata/timestamp.json', ...fetched];
}

/** The request for the document of a role that is not root. @param {Release} release @param {string} role */
export function metadataPath({ versions, consistentSnapshot }, role) {
  const prefix = consistentSnapshot && role !== 'timestamp' ? `${versions[role]}.` : '';
  return `metadata/${prefix}${encodeURIComponent(role)}.json`;
}

/** The version that a document says. @param {Buffer | null | undefined} bytes @returns {number | undefined} */
function versionOf(bytes) {
  if (bytes == null) return undefined;
  try {
    return Number(JSON.parse(bytes.toString()).signed.version);
  } catch {
    return undefined;
  }
}

/** @param {Step['serve'] | NonNullable<Step['trusted']>} value @returns {value is Release} */
function isRelease(value) {
  return typeof value === 'object' && 'documents' in value && 'versions' in value;
}

/** The files of a vector under names that say what they are. */
class Files {
  /** @type {Map<string, { name: string, content: Content }>} */
  #byContent = new Map();
  /** @type {Set<string>} */
  #names = new Set();

  /** @param {Content} content @param {string} hint a role or path; the name of the file is made of it and its version */
  nameOf(content, hint) {
    const id = Buffer.isBuffer(content) ? `=${content.toString('base64')}` : `zeros ${content.zeros}`;
    const known = this.#byContent.get(id);
    if (known !== undefined) return known.name;
    const version = Buffer.isBuffer(content)
      ? /"version":\s*(\d{1,9})\s*[,}]/.exec(lastVersion(content))?.[1]
      : undefined;
    const base = `${
      hint
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, '') || 'file'
    }${version === undefined || /\d$/.test(hint) ? '' : `-${version}`}`;
    let name = base;
    for (let number = 2; this.#names.has(name); number += 1) name = `${base}-${letter(number)}`;
    this.#names.add(name);
    this.#byContent.set(id, { name, content });
    return name;
  }

  listed() {
    return Object.fromEntries([...this.#byContent.values()].map(({ name, content }) => [name, fileOf(content)]));
  }
}

/** The part of a document in which its own version stands. @param {Buffer} content */
function lastVersion(content) {
  const text = content.toString();
  return text.slice(text.indexOf('"spec_version"'));
}

/** @param {number} number */
function letter(number) {
  return number <= 26 ? String.fromCharCode(96 + number) : String(number);
}

/** @param {Content} content */
function fileOf(content) {
  if (!Buffer.isBuffer(content)) return { byte: 0, count: content.zeros };
  const text = content.toString();
  return Buffer.from(text).equals(content) ? { text } : { base64: content.toString('base64') };
}

/** @param {Answers} served @param {Files} files @returns {Record<string, unknown>} */
function answers(served, files) {
  const present = Object.entries(served).filter(([, answer]) => answer !== null);
  return Object.fromEntries(
    present.map(([path, answer]) => [path, answerOf(/** @type {Answer} */ (answer), path, files)]),
  );
}

/** @param {Answer} answer @param {string} path @param {Files} files @returns {unknown} */
function answerOf(answer, path, files) {
  const hint = path
    .replace(/^.*\//, '')
    .replace(/\.json$/, '')
    .replace(/^\d+\./, '')
    .replace(/^[0-9a-f]{64,128}\./, '');
  if (Array.isArray(answer)) return answer.map((each) => answerOf(each, path, files));
  if (Buffer.isBuffer(answer) || 'zeros' in answer) return files.nameOf(/** @type {Content} */ (answer), hint);
  const { body, ...rest } = /** @type {Fault} */ (answer);
  return body === undefined ? rest : { body: files.nameOf(body, hint), ...rest };
}

/** @param {NonNullable<Step['disk']>} change @param {Files} files */
function disk(change, files) {
  return Object.fromEntries(
    Object.entries(change).map(([folder, entries]) => [
      folder,
      Object.fromEntries(
        Object.entries(entries).map(([name, bytes]) => [
          name,
          bytes === null ? null : files.nameOf(bytes, name.replace(/\.json$/, '')),
        ]),
      ),
    ]),
  );
}

/** What is different. @param {Record<string, unknown>} before @param {Record<string, unknown>} now */
function changed(before, now) {
  const gone = Object.keys(before).filter((path) => !Object.hasOwn(now, path));
  const other = Object.entries(now).filter(([path, answer]) => JSON.stringify(before[path]) !== JSON.stringify(answer));
  return Object.fromEntries([...other, ...gone.map((path) => [path, null])]);
}

/** Without folders in which nothing is different. @param {{ metadata: object, targets: object }} serve */
function present(serve) {
  return Object.fromEntries(Object.entries(serve).filter(([, entries]) => Object.keys(entries).length > 0));
}
