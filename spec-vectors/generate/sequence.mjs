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
 * @property {{ [role: string]: Buffer | null } | Release} [trusted] what the client holds afterwards. The release, where it is accepted and nothing is given; what it held before, where it is refused
 * @property {readonly string[]} [alsoTrusted] delegated roles of the release that the client holds afterwards, too
 * @property {{ [path: string]: Buffer | null }} [written] target files written afterwards
 * @property {readonly string[] | null} [requests] every request, in order; `null`: not judged. Where it is left out and the step is an accepted refresh: those that the specification asks for
 * @property {boolean} [exact]
 */

/** The paths that a client asks for, for which nothing is listed in `serve`, are answered 404. */

/**
 * A vector that is a sequence.
 *
 * @param {string} id `FAMILY/NAME` @param {string} comment @param {About} about @param {Buffer} root the pinned root
 * @param {readonly Step[]} steps @param {{ control?: string }} [options] the control of a refusal that no accepted step comes before
 */
export function sequenceVector(id, comment, about, root, steps, { control } = {}) {
  const opening = head('sequence/1', id, comment, about);
  const isRefused = steps.some(({ reject }) => reject !== undefined);
  if (isRefused && steps[0]?.reject !== undefined && control === undefined)
    throw new Error(`${id}: a refusal has no control`);
  return { ...opening, sequence: sequence(root, steps, id), ...(control === undefined ? {} : { control }) };
}

/**
 * The member `sequence` of a vector.
 *
 * @param {Buffer} root the pinned root @param {readonly Step[]} steps @param {string} [id] for errors
 */
export function sequence(root, steps, id = 'sequence') {
  const files = new Files();
  const pinned = files.nameOf(root, 'root-1');
  /** @type {{ metadata: Record<string, unknown>, targets: Record<string, unknown> }} */
  let served = { metadata: {}, targets: {} };
  /** @type {Held} */
  let held = { root, newest: rootVersion(root), documents: {}, versions: {} };
  const written = steps.map((step, index) => {
    const where = `${id}, step ${index + 1}`;
    if (step.pin !== undefined) held = { root: step.pin, newest: rootVersion(step.pin), documents: {}, versions: {} };
    const full = {
      metadata: answers({ ...step.serve.metadata, ...step.but?.metadata }, files),
      targets: answers({ ...step.serve.targets, ...step.but?.targets }, files),
    };
    const serve = { metadata: changed(served.metadata, full.metadata), targets: changed(served.targets, full.targets) };
    served = full;
    const before = held;
    const expect = expected(step, before, files, where);
    if (step.reject === undefined && isRelease(step.serve)) held = after(before, step.serve);
    else if (step.trusted !== undefined && !isRelease(step.trusted))
      held = {
        ...before,
        root: step.trusted['root'] ?? before.root,
        newest: rootVersion(step.trusted['root'] ?? before.root),
        documents: { ...before.documents, ...step.trusted },
      };
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
  return { root: pinned, files: files.listed(), steps: written };
}

/** @typedef {{ root: Buffer, newest: number, documents: { [role: string]: Buffer | null }, versions: { [role: string]: number } }} Held what an honest client holds */

/** @param {Step} step @param {Held} before @param {Files} files @param {string} where */
function expected(step, before, files, where) {
  const { reject, trusted, written, exact } = step;
  /** @type {Verdict} */
  const verdict =
    reject === undefined
      ? { result: 'accept' }
      : { result: 'reject', reason: reject.includes(' ') ? reject.split(' ') : reject };
  const release = isRelease(step.serve) ? step.serve : undefined;
  const holds =
    trusted === undefined
      ? reject === undefined
        ? release?.documents
        : { ...before.documents, root: before.root }
      : isRelease(trusted)
        ? trusted.documents
        : trusted;
  if (holds === undefined) throw new Error(`${where}: nothing says what is trusted afterwards`);
  const roles =
    trusted !== undefined && !isRelease(trusted)
      ? Object.keys(trusted)
      : ['root', 'timestamp', 'snapshot', 'targets', ...(step.alsoTrusted ?? [])];
  const requests =
    step.requests === undefined ? defaultRequests(step, before, release, where) : (step.requests ?? undefined);
  return {
    ...verdict,
    trusted: Object.fromEntries(
      roles.map((role) => {
        const bytes = holds[role] ?? null;
        return [role, bytes === null ? null : files.nameOf(bytes, role)];
      }),
    ),
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

/** What the specification has a client ask for at an accepted refresh. @param {Step} step @param {Held} before @param {Release | undefined} release @param {string} where */
function defaultRequests(step, before, release, where) {
  if (step.download !== undefined) return undefined;
  if (step.reject !== undefined || release === undefined)
    throw new Error(`${where}: say which requests are made, or null`);
  return requestsOf(release, before);
}

/**
 * The requests of a refresh to a release: the root walk, the timestamp, and what is new.
 *
 * @param {Release} release @param {{ newest?: number, documents?: { [role: string]: Buffer | null }, versions?: { [role: string]: number } }} [held] what the client holds; root 1 alone unless given
 * @returns {string[]}
 */
export function requestsOf(release, { newest = 1, documents = {}, versions = {} } = {}) {
  const latest = release.versions['root'] ?? 1;
  const roots = [];
  for (let version = newest + 1; version <= Math.max(latest, newest) + 1; version += 1)
    roots.push(`metadata/${version}.root.json`);
  const isNew = (/** @type {string} */ role) => documents[role] == null || versions[role] !== release.versions[role];
  const path = (/** @type {string} */ role) =>
    `metadata/${release.consistentSnapshot ? `${release.versions[role]}.` : ''}${encodeURIComponent(role)}.json`;
  return [...roots, 'metadata/timestamp.json', ...['snapshot', 'targets'].filter(isNew).map(path)];
}

/** @param {Held} before @param {Release} release @returns {Held} */
function after(before, release) {
  const root = release.documents['root'] ?? before.root;
  return {
    root,
    newest: Math.max(before.newest, rootVersion(root)),
    documents: release.documents,
    versions: release.versions,
  };
}

/** @param {Buffer} root */
function rootVersion(root) {
  try {
    return Number(JSON.parse(root.toString()).signed.version);
  } catch {
    return 1;
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
