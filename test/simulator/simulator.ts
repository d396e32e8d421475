/**
 * A repository, its server and its clock in memory, for tests of the client: an honest history is published step by step,
 * and everything that is served can be replaced. Shares no code with the sources.
 */
import { createHash } from 'node:crypto';
import type { Sink, Transport, TransportOutcome, TransportRequest } from '../../src/client/ports.ts';
import { SimKey } from './key.ts';
import { olpc } from './olpc.ts';

// biome-ignore lint/suspicious/noExplicitAny: metadata under test takes any shape
export type Doc = any;

export type Answer =
  | Uint8Array
  | { readonly status: number }
  | { readonly error: Error }
  | { readonly endless: true }
  | (() => Answer);

export const day = 86_400_000;

export interface SimulatorOptions {
  readonly consistentSnapshot?: boolean;
  /** Whether the snapshot and the timestamp list length and hashes. */
  readonly hashes?: boolean;
  /** How files are written: `compact` is canonical, `indented` is not. */
  readonly layout?: 'compact' | 'indented';
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export class Simulator {
  /** Milliseconds; the clients' clock. */
  time = Date.parse('2030-01-01T00:00:00Z');
  /** Signing keys of each role, delegated ones included. */
  readonly keys = new Map<string, SimKey[]>();
  /** Keys that also sign the next root: those that were rotated out. */
  formerRootKeys: SimKey[] = [];
  root: Doc;
  timestamp: Doc;
  snapshot: Doc;
  targets: Doc;
  readonly delegated = new Map<string, Doc>();
  /** What is served: path below `metadata/` or `targets/` to answer. */
  readonly served = new Map<string, Answer>();
  /** Every request in order. */
  readonly requests: string[] = [];
  readonly options: Required<SimulatorOptions>;

  constructor(options: SimulatorOptions = {}) {
    this.options = { consistentSnapshot: true, hashes: false, layout: 'compact', ...options };
    for (const role of ['root', 'timestamp', 'snapshot', 'targets']) this.keys.set(role, [new SimKey(role)]);
    this.root = {
      ...this.#common('root', 0),
      consistent_snapshot: this.options.consistentSnapshot,
      keys: {},
      roles: {},
    };
    for (const role of ['root', 'timestamp', 'snapshot', 'targets']) this.trustKeys(role, this.keys.get(role) ?? []);
    this.targets = { ...this.#common('targets', 0), targets: {} };
    this.snapshot = { ...this.#common('snapshot', 0), meta: {} };
    this.timestamp = { ...this.#common('timestamp', 0), meta: {} };
    this.publishRoot();
    this.publishTargets();
  }

  #common(type: string, version: number): Doc {
    return { _type: type, spec_version: '1.0.34', version, expires: this.at(30) };
  }

  /** A date-time some days from the clock. */
  at(days: number): string {
    return new Date(this.time + days * day).toISOString().replace('.000', '');
  }

  /** Lists keys for a top-level role in the root to be published. */
  trustKeys(role: string, keys: readonly SimKey[], threshold = 1): void {
    this.keys.set(role, [...keys]);
    for (const key of keys) this.root.keys[key.keyid] = key.key;
    this.root.roles[role] = { keyids: keys.map((key) => key.keyid), threshold };
  }

  /** Replaces the keys of a top-level role and publishes the new root. */
  rotate(role: string, ...names: string[]): void {
    if (role === 'root') this.formerRootKeys = this.keys.get('root') ?? [];
    this.trustKeys(
      role,
      names.map((name) => new SimKey(name)),
    );
    this.publishRoot();
    this.formerRootKeys = [];
  }

  /** The file of a document, signed by the keys. */
  signed(document: Doc, keys: readonly SimKey[]): Uint8Array {
    const message = olpc(document);
    const signatures = keys.map((key) => ({ keyid: key.keyid, sig: key.sign(message) }));
    return this.envelope(document, signatures);
  }

  envelope(document: Doc, signatures: unknown): Uint8Array {
    if (this.options.layout === 'indented')
      return Buffer.from(`${JSON.stringify({ signatures, signed: document }, null, 1)}\n`);
    return Buffer.concat([
      Buffer.from(`{"signatures":${JSON.stringify(signatures)},"signed":`),
      olpc(document),
      Buffer.from('}'),
    ]);
  }

  publishRoot(): void {
    this.root.version += 1;
    const keys = new Set([...(this.keys.get('root') ?? []), ...this.formerRootKeys]);
    this.serve(`metadata/${this.root.version}.root.json`, this.signed(this.root, [...keys]));
  }

  /** Publishes new versions of top-level targets, snapshot and timestamp. */
  publishTargets(): void {
    this.targets.version += 1;
    this.#put('targets', this.targets);
    this.publishSnapshot();
  }

  publishSnapshot(): void {
    this.snapshot.version += 1;
    this.snapshot.meta = {
      ...this.snapshot.meta,
      ...Object.fromEntries(
        [['targets', this.targets] as const, ...this.delegated].map(([role, document]) => [
          `${role}.json`,
          this.meta(document, this.keys.get(role) ?? []),
        ]),
      ),
    };
    this.#put('snapshot', this.snapshot);
    this.publishTimestamp();
  }

  publishTimestamp(): void {
    this.timestamp.version += 1;
    this.timestamp.meta = { 'snapshot.json': this.meta(this.snapshot, this.keys.get('snapshot') ?? []) };
    this.serve('metadata/timestamp.json', this.signed(this.timestamp, this.keys.get('timestamp') ?? []));
  }

  /** What a snapshot or timestamp lists of a document. */
  meta(document: Doc, keys: readonly SimKey[]): Doc {
    if (!this.options.hashes) return { version: document.version };
    const bytes = this.signed(document, keys);
    return { version: document.version, length: bytes.length, hashes: { sha256: sha256(bytes) } };
  }

  /** Delegates from a role to another and publishes the delegated role; call publishTargets() afterwards. */
  delegate(delegator: string, role: string, more: Doc = { paths: ['*'] }, targets: Doc = {}): void {
    const keys = [new SimKey(role)];
    this.keys.set(role, keys);
    const from = delegator === 'targets' ? this.targets : this.delegated.get(delegator);
    from.delegations ??= { keys: {}, roles: [] };
    for (const key of keys) from.delegations.keys[key.keyid] = key.key;
    from.delegations.roles.push({
      name: role,
      keyids: keys.map((key) => key.keyid),
      threshold: 1,
      terminating: false,
      ...more,
    });
    if (!this.delegated.has(role)) this.delegated.set(role, { ...this.#common('targets', 1), targets });
    this.publishDelegated();
  }

  /** Writes the files of all delegated roles anew, at their versions. */
  publishDelegated(): void {
    for (const [role, document] of this.delegated) this.#put(role, document);
  }

  /** Adds a target file to a document and serves its content. */
  addTarget(document: Doc, path: string, content: string, serve = true): Doc {
    const bytes = Buffer.from(content);
    const entry = { length: bytes.length, hashes: { sha256: sha256(bytes) } };
    Object.defineProperty(document.targets, path, {
      value: entry,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    if (serve) this.serve(this.targetPath(path, entry.hashes.sha256), bytes);
    return entry;
  }

  targetPath(path: string, digest: string): string {
    const segments = path.split('/').map((segment) => encodeURIComponent(segment));
    const last = segments.pop() as string;
    return ['targets', ...segments, this.root.consistent_snapshot === true ? `${digest}.${last}` : last].join('/');
  }

  serve(path: string, answer: Answer): void {
    this.served.set(path, answer);
  }

  /** The bytes that are served at a path. */
  bytes(path: string): Uint8Array {
    const answer = this.served.get(path);
    if (!(answer instanceof Uint8Array)) throw new TypeError(`no bytes are served at ${path}`);
    return answer;
  }

  #put(role: string, document: Doc): void {
    const name = `${encodeURIComponent(role)}.json`;
    const bytes = this.signed(document, this.keys.get(role) ?? []);
    this.serve(`metadata/${this.root.consistent_snapshot === true ? `${document.version}.` : ''}${name}`, bytes);
  }

  /** What is served now, to be put back later. */
  save(): ReadonlyMap<string, Answer> {
    return new Map(this.served);
  }

  restore(served: ReadonlyMap<string, Answer>): void {
    this.served.clear();
    for (const [path, answer] of served) this.served.set(path, answer);
  }

  /** The network. */
  readonly transport: Transport = {
    get: async (url: string, request: TransportRequest): Promise<TransportOutcome> => {
      request.signal?.throwIfAborted();
      const path = url.replace('https://simulator.example/', '');
      this.requests.push(path);
      let answer = this.served.get(path) ?? { status: 404 };
      while (typeof answer === 'function') answer = answer();
      if ('error' in answer) throw answer.error;
      if ('status' in answer) return { outcome: 'unavailable', status: answer.status };
      return 'endless' in answer
        ? pour(request.sink, request.bytesMax, () => new Uint8Array(4096))
        : pour(request.sink, request.bytesMax, chunks(answer));
    },
  };
}

/** Bytes in chunks of changing size. */
function chunks(bytes: Uint8Array): () => Uint8Array | undefined {
  let at = 0;
  let size = 1;
  return () => {
    if (at >= bytes.length) return undefined;
    const chunk = new Uint8Array(bytes.subarray(at, at + size));
    at += size;
    size = size * 2 + 1;
    return chunk;
  };
}

async function pour(sink: Sink, bytesMax: number, next: () => Uint8Array | undefined): Promise<TransportOutcome> {
  await sink.start(undefined);
  let length = 0;
  for (let chunk = next(); chunk !== undefined; chunk = next()) {
    length += chunk.length;
    if (length > bytesMax) return { outcome: 'too-long' };
    await sink.write(chunk);
    chunk.fill(0xff); // The chunk is the transport's own again (T41).
  }
  return { outcome: 'complete' };
}
