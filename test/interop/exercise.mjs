/**
 * What every client does with every repository: trusts, downloads, updates, and refuses what is false. The client is a
 * program; what it did is read from its exit code and its folders.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveRelease } from './file-server.mjs';
import { releaseOf } from './plan.mjs';
import { runProgram } from './program.mjs';

/**
 * @param {import('./clients.mjs').PeerClient} client
 * @param {{ plan: object, folder: string }} repository
 * @param {readonly { check: string, reason: string }[]} differences the checks that fail because of the client, and why
 * @returns {Promise<{ passed: number, problems: string[], notes: string[] }>}
 */
export async function exercise(client, repository, differences = []) {
  const server = await serveRelease();
  const room = mkdtempSync(join(tmpdir(), 'tufa-interop-'));
  const result = { passed: 0, problems: [], notes: [] };
  try {
    const trial = new Trial(client, repository, server, room);
    for (const [check, run] of checksOf(trial)) {
      const problem = await attempt(run);
      if (note(result, check, problem, differences) === 'stop') break;
    }
    return result;
  } finally {
    await server.close();
    rmSync(room, { recursive: true, force: true });
  }
}

async function attempt(run) {
  try {
    return await run();
  } catch (error) {
    return error.stack;
  }
}

/** A difference that is recorded has to show: when the client changes, its record goes. */
function note(result, check, problem, differences) {
  const known = differences.find((difference) => difference.check === check);
  if (problem === undefined && known === undefined) result.passed += 1;
  else if (problem === undefined)
    result.problems.push(`${check}: it does so now; take the difference out of the records`);
  else if (known === undefined) result.problems.push(`${check}: ${problem}`);
  else {
    result.passed += 1;
    result.notes.push(`does not do this: ${check} (${known.reason})`);
  }
  // Without trust in the first release nothing else says anything.
  return problem !== undefined && check === 'trusts release 1' ? 'stop' : 'go on';
}

function checksOf(trial) {
  const checks = [];
  for (const number of trial.releases) {
    checks.push(
      [number === 1 ? 'trusts release 1' : `updates to release ${number}`, () => trial.refresh(number)],
      [`downloads release ${number}`, () => trial.downloadAll(number)],
      [`finds nothing else in release ${number}`, () => trial.findNothingElse(number)],
    );
  }
  checks.push(
    ['goes from its first root to the last release', () => trial.join()],
    ['refuses a changed target', () => trial.refuseTarget()],
    ['refuses a changed timestamp', () => trial.refuseTimestamp()],
    ['refuses to go back', () => trial.refuseRollback()],
  );
  return checks;
}

class Trial {
  #client;
  #repository;
  #server;
  #room;
  #metadata;

  constructor(client, repository, server, room) {
    this.#client = client;
    this.#repository = repository;
    this.#server = server;
    this.#room = room;
    this.#metadata = join(room, 'metadata');
    this.releases = repository.plan.releases.map((_, index) => index + 1);
  }

  get #last() {
    return this.releases.length;
  }

  async refresh(number) {
    this.#show(number);
    if (number === 1) await this.#init(this.#metadata);
    return (await this.#expect(0, this.#client.refresh(this.#options()))) ?? this.#checkStored(this.#metadata, number);
  }

  async downloadAll(number) {
    this.#show(number);
    const { files } = this.#release(number);
    const folder = this.#folder(`targets-${number}`);
    return (await this.#expect(0, this.#download([...files.keys()], folder))) ?? checkFiles(folder, files);
  }

  async findNothingElse(number) {
    this.#show(number);
    for (const path of this.#release(number).absent) {
      const folder = this.#folder('nothing');
      const problem = await this.#expect(this.#client.notFound ?? 1, this.#download([path], folder));
      if (problem !== undefined) return `${JSON.stringify(path)}: ${problem}`;
    }
    return undefined;
  }

  async join() {
    this.#show(this.#last);
    const metadata = this.#folder('metadata-of-another');
    await this.#init(metadata);
    const problem = await this.#expect(0, this.#client.refresh(this.#options({ metadata })));
    return problem ?? this.#checkStored(metadata, this.#last);
  }

  async refuseTarget() {
    this.#show(this.#last);
    this.#server.lie((path, body) => (path.startsWith('/targets/') && body.length > 0 ? flipped(body) : body));
    const [path] = [...this.#release(this.#last).files].find(([, text]) => text.length > 0);
    const folder = this.#folder('changed');
    return (await this.#expect(1, this.#download([path], folder))) ?? checkFiles(folder, new Map());
  }

  async refuseTimestamp() {
    this.#show(this.#last);
    this.#server.lie((path, body) => (path.endsWith('/timestamp.json') ? laterExpiry(body) : body));
    const metadata = this.#folder('metadata-of-a-third');
    await this.#init(metadata);
    return this.#expect(1, this.#client.refresh(this.#options({ metadata })));
  }

  async refuseRollback() {
    this.#show(1);
    const problem = await this.#expect(1, this.#client.refresh(this.#options()));
    return problem ?? this.#checkStored(this.#metadata, this.#last);
  }

  #show(number) {
    this.#server.show(join(this.#repository.folder, String(number)));
  }

  #release(number) {
    return releaseOf(this.#repository.plan, number);
  }

  /** A new, empty folder. */
  #folder(name) {
    const folder = join(this.#room, name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    return folder;
  }

  #options(more = {}) {
    const { metadataUrl, targetsUrl } = this.#server;
    const root = join(this.#repository.folder, 'root.json');
    return { metadata: this.#metadata, metadataUrl, targetsUrl, root, ...more };
  }

  async #init(metadata) {
    mkdirSync(metadata, { recursive: true });
    const argv = this.#client.init?.(this.#options({ metadata }));
    const problem = argv === undefined ? undefined : await this.#expect(0, argv);
    if (problem !== undefined) throw new Error(`init: ${problem}`);
  }

  #download(paths, to) {
    return this.#client.download({ ...this.#options(), paths, to });
  }

  async #expect(expected, argv) {
    const { code, output } = await runProgram(argv, { env: this.#client.env });
    if (code === expected) return undefined;
    return `it ended with ${code}, not ${expected}\n${output.trimEnd().slice(-1500)}`;
  }

  /** What the client keeps has the versions that are served, where it keeps them in the usual files. */
  #checkStored(metadata, number) {
    if (this.#client.stored === undefined) return undefined;
    const expected = servedVersions(join(this.#repository.folder, String(number), 'metadata'));
    const found = Object.fromEntries(
      Object.keys(expected).map((role) => [role, versionIn(this.#client.stored(metadata, role))]),
    );
    const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
    return a === b ? undefined : `it keeps the versions ${a}, not ${b}`;
  }
}

function servedVersions(folder) {
  const timestamp = readJson(join(folder, 'timestamp.json')).signed;
  const { version } = timestamp.meta['snapshot.json'];
  const prefixed = existsSync(join(folder, `${version}.snapshot.json`));
  const snapshot = readJson(join(folder, prefixed ? `${version}.snapshot.json` : 'snapshot.json')).signed;
  const roots = readdirSync(folder).map((name) => Number(/^(\d+)\.root\.json$/.exec(name)?.[1] ?? 0));
  const targets = snapshot.meta['targets.json'].version;
  return { root: Math.max(...roots), timestamp: timestamp.version, snapshot: version, targets };
}

function versionIn(file) {
  return existsSync(file) ? readJson(file).signed.version : 'none';
}

/** The folder holds these files and no other, under whatever names. */
function checkFiles(folder, files) {
  const expected = [...files.values()].map((text) => digest(Buffer.from(text))).sort();
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => digest(readFileSync(join(entry.parentPath, entry.name))))
    .sort();
  if (expected.join() === found.join()) return undefined;
  const missing = [...files].filter(([, text]) => !found.includes(digest(Buffer.from(text)))).map(([path]) => path);
  return `it wrote ${found.length} files of ${expected.length}; missing: ${missing.join(', ')}`;
}

function flipped(body) {
  const changed = Buffer.from(body);
  changed[changed.length >> 1] ^= 1;
  return changed;
}

/** Another date, as valid as the one that was signed. */
function laterExpiry(body) {
  return Buffer.from(body.toString().replace(/("expires":\s*")2/, '$13'));
}

function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
