/** Repositories for tests of the library: keys in memory, backends of every kind, clients that read them. */
import { generateKeyPairSync } from 'node:crypto';
import { Nowhere, previewTransport, previewUrls } from '../../src/cli/preview-transport.ts';
import { downloadInto } from '../../src/client/behind.ts';
import type { Store } from '../../src/client/ports.ts';
import { nodeCrypto, nodeDigest } from '../../src/crypto/node-crypto.ts';
import { TufError } from '../../src/errors.ts';
import { Client } from '../../src/index.node.ts';
import { type TopLevelRole, topLevelRoles } from '../../src/metadata/root.ts';
import type { TargetFile, Targets } from '../../src/metadata/targets.ts';
import { KeySigner } from '../../src/node/signer.ts';
import {
  type Backend,
  type Content,
  contentOf,
  createRoot,
  createTargets,
  type Draft,
  editTargets,
  type Prepared,
  type Preview,
  type Publication,
  type Published,
  planPublication,
  prepareRelease,
  publish,
  type Release,
  type ReleaseDrafts,
  type RoleKey,
  type RoleSpec,
  readPublished,
  roleKey,
  type Signer,
} from '../../src/repository/index.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Trusted } from '../../src/trust/trusted.ts';

export const crypto = nodeCrypto();

/** The time at which everything happens, unless a test says otherwise. */
export const now = new Date('2030-01-01T00:00:00Z');

export const inDays = (days: number): Date => new Date(now.getTime() + days * 86_400_000);

export interface TestKey extends RoleKey {
  readonly signer: Signer;
}

export async function newKey(): Promise<TestKey> {
  const signer = new KeySigner(generateKeyPairSync('ed25519').privateKey);
  return { ...(await roleKey(signer.key, crypto)), signer };
}

export async function newKeys(count: number): Promise<TestKey[]> {
  return Promise.all(Array.from({ length: count }, newKey));
}

export type TestRoles = Readonly<Record<TopLevelRole, RoleSpec & { readonly keys: readonly TestKey[] }>>;

export async function newRoles(
  shape: Partial<Record<TopLevelRole, [keys: number, threshold: number]>> = {},
): Promise<TestRoles> {
  const entries = await Promise.all(
    topLevelRoles.map(async (role) => {
      const [count, threshold] = shape[role] ?? [1, 1];
      return [role, { keys: await newKeys(count), threshold }];
    }),
  );
  return Object.fromEntries(entries) as TestRoles;
}

export function signersOf(roles: TestRoles, ...more: readonly TestKey[]): Signer[] {
  return [...topLevelRoles.flatMap((role) => roles[role].keys), ...more].map(({ signer }) => signer);
}

/** A backend in memory that notes what is written, in order. */
export class MemoryBackend implements Backend {
  readonly files = new Map<string, Uint8Array>();
  readonly written: string[] = [];
  /** Called before each write; a test throws here. */
  before: (name: string) => void = () => {};
  readonly metadata = this.#store('metadata');
  readonly targets = this.#store('targets');
  readonly head = {
    read: async () => this.files.get('metadata/timestamp.json'),
    replace: async (expected: Uint8Array | undefined, next: Uint8Array) => {
      const found = this.files.get('metadata/timestamp.json');
      const same =
        found === undefined ? expected === undefined : expected !== undefined && Buffer.compare(found, expected) === 0;
      if (!same) throw new TufError('ERR_TUF_CONFLICT', 'the head moved', { path: 'timestamp.json' });
      this.#write('metadata/timestamp.json', next);
    },
  };

  #store(base: string): Backend['metadata'] {
    return {
      read: async (name) => this.files.get(`${base}/${name}`),
      open: async (name) => {
        const bytes = this.files.get(`${base}/${name}`);
        return (
          bytes &&
          (async function* () {
            yield bytes;
          })()
        );
      },
      put: async (name, content) => {
        const bytes = await bytesOf(content);
        const found = this.files.get(`${base}/${name}`);
        if (found === undefined) {
          this.#write(`${base}/${name}`, bytes);
          return 'written';
        }
        if (Buffer.compare(found, bytes) === 0) return 'there';
        throw new TufError('ERR_TUF_CONFLICT', `${name} is there`, { path: name });
      },
      replace: async (name, content) => this.#write(`${base}/${name}`, await bytesOf(content)),
    };
  }

  #write(name: string, bytes: Uint8Array): void {
    this.before(name);
    this.files.set(name, bytes);
    this.written.push(name);
  }
}

async function bytesOf(content: Content): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.chunks()) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

/** Files of a release: path to text. */
export type Files = Readonly<Record<string, string>>;

/** Adds files to a targets role. */
export async function withFiles(
  current: Parameters<typeof editTargets>[0],
  files: Files,
  algorithms: readonly ('sha256' | 'sha512')[] = ['sha256'],
): Promise<Draft<Targets>> {
  const entries = await Promise.all(
    Object.entries(files).map(async ([path, text]) => {
      const bytes = Buffer.from(text);
      const hashes: Record<string, string> = {};
      for (const algorithm of algorithms)
        hashes[algorithm] = Buffer.from(await crypto.digest(algorithm, bytes)).toString('hex');
      return [path, { length: bytes.length, hashes }] as const;
    }),
  );
  const draft = editTargets(
    current,
    (targets) => {
      for (const [path, entry] of entries) targets.put(path, entry);
    },
    { expires: inDays(100) },
  );
  if (draft === undefined) throw new TypeError('nothing changed');
  return draft;
}

/** The contents of targets, by what they list. */
function contentsOf(files: Files): (target: TargetFile) => Content | undefined {
  return ({ path }) => (files[path] === undefined ? undefined : contentOf(Buffer.from(files[path])));
}

export async function prepare(
  before: Published | undefined,
  drafts: ReleaseDrafts,
  signers: readonly Signer[],
): Promise<Prepared> {
  return prepareRelease(before, drafts, {
    crypto,
    signers,
    now,
    expires: { snapshot: inDays(7), timestamp: inDays(1) },
  });
}

export async function release(
  before: Published | undefined,
  drafts: ReleaseDrafts,
  signers: readonly Signer[],
): Promise<Release> {
  const prepared = await prepare(before, drafts, signers);
  if (!prepared.complete) throw new TypeError(`incomplete: ${JSON.stringify(prepared.missing)}`);
  return prepared.release;
}

export function plan(of: Release, files: Files): Promise<Publication> {
  return planPublication(of, contentsOf(files), { crypto, digest: nodeDigest });
}

/** The publication of the first release. */
export async function firstPublication(
  roles: TestRoles,
  files: Files,
  options: { readonly consistentSnapshot?: boolean; readonly algorithms?: readonly ('sha256' | 'sha512')[] } = {},
): Promise<Publication> {
  const { consistentSnapshot } = options;
  const root = createRoot({ expires: inDays(365), roles, consistentSnapshot });
  const empty = createTargets({ expires: inDays(100) });
  const targets = Object.keys(files).length === 0 ? empty : await withFiles(empty, files, options.algorithms);
  return plan(await release(undefined, { root, targets: new Map([['targets', targets]]) }, signersOf(roles)), files);
}

/** The publication of more files on top of what is published. */
export async function nextPublication(
  roles: TestRoles,
  backend: Backend,
  root: Uint8Array,
  files: Files,
): Promise<Publication> {
  const before = (await readPublished(backend, root, { crypto })) as Published;
  const targets = await withFiles(before.targets.get('targets') as Trusted<Targets>, files);
  return plan(await release(before, { targets: new Map([['targets', targets]]) }, signersOf(roles)), files);
}

/** A repository in memory with one release. */
export async function publishedMemory(
  files: Files = { 'a.txt': 'first' },
  options: Parameters<typeof firstPublication>[2] & { readonly roles?: TestRoles } = {},
): Promise<{ backend: MemoryBackend; roles: TestRoles; root: Uint8Array; read(): Promise<Published> }> {
  const roles = options.roles ?? (await newRoles());
  const backend = new MemoryBackend();
  const publication = await firstPublication(roles, files, options);
  await publish(publication, backend);
  const read = async (): Promise<Published> =>
    (await readPublished(backend, publication.root, { crypto })) as Published;
  return { backend, roles, root: publication.root, read };
}

/** A client of a repository; with a store, one that was there before. */
export function clientOf(
  repository: Backend | Preview,
  root: Uint8Array,
  store: Store = memoryStore(),
  time: Date = now,
): Client {
  return new Client({ root, store, transport: previewTransport(repository), now: () => time, ...previewUrls });
}

/** Refreshes and downloads: everything that `paths` name has to be there, whole. */
export async function readAll(client: Client, paths: readonly string[]): Promise<void> {
  await client.refresh();
  for (const path of paths) {
    const target = await client.find(path);
    if (target === undefined) throw new TypeError(`${path} is not found`);
    await downloadInto(client, target, new Nowhere(target.hashes), {});
  }
}

export const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
