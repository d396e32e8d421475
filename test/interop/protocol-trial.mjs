/** One trial of the conformance client: folders that are empty at first, and what it left in them. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tufaConformanceClient } from './clients.mjs';
import { runProgram } from './program.mjs';

const client = tufaConformanceClient();

export class ProtocolTrial {
  #server;
  #env;
  #urls;

  constructor(repository, server, env) {
    this.repository = repository;
    this.room = mkdtempSync(join(tmpdir(), 'tufa-protocol-'));
    this.#server = server;
    this.#env = env;
    this.#urls = { metadataUrl: server.metadataUrl, targetsUrl: server.targetsUrl };
    for (const name of ['metadata', 'targets']) mkdirSync(join(this.room, name));
    this.show(1);
  }

  get #options() {
    return { ...this.#urls, metadata: join(this.room, 'metadata'), to: join(this.room, 'targets') };
  }

  show(release, changes) {
    this.#server.show(join(this.repository, String(release)), changes);
  }

  /** Serves the first release without one of its files. */
  remove(name) {
    const folder = join(this.room, 'served');
    mkdirSync(join(folder, 'metadata'), { recursive: true });
    const from = join(this.repository, '1/metadata');
    for (const each of readdirSync(from))
      if (each !== name) copyFileSync(join(from, each), join(folder, 'metadata', each));
    this.#server.show(folder);
  }

  trimSlashes() {
    for (const [name, url] of Object.entries(this.#urls)) this.#urls[name] = url.replace(/\/$/, '');
  }

  init(root = join(this.repository, 'root.json')) {
    return client.init({ ...this.#options, root });
  }

  start() {
    return this.expect(0, this.init());
  }

  refresh() {
    return client.refresh(this.#options);
  }

  download(...paths) {
    return client.download({ ...this.#options, paths });
  }

  async expect(code, argv) {
    const ended = await runProgram(argv, { env: this.#env });
    assert.equal(ended.code, code, `it ended with ${ended.code}, not ${code}: ${ended.output.trim()}`);
  }

  requests() {
    return this.#server.takeRequests();
  }

  served(name, release = 1) {
    return readFileSync(join(this.repository, String(release), 'metadata', name));
  }

  kept(name) {
    return readFileSync(join(this.room, 'metadata', name));
  }

  keptVersion(role) {
    return JSON.parse(this.kept(`${role}.json`)).signed.version;
  }

  metadataFiles() {
    return readdirSync(join(this.room, 'metadata'))
      .filter((name) => name.endsWith('.json'))
      .sort();
  }

  targetFiles() {
    return readdirSync(join(this.room, 'targets'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs);
  }

  targetTexts() {
    return this.targetFiles().map((file) => readFileSync(file, 'utf8'));
  }

  targetTimes() {
    return this.targetFiles().map((file) => [file, statSync(file).mtimeMs]);
  }

  async close() {
    await this.#server.close();
    rmSync(this.room, { recursive: true, force: true });
  }
}
