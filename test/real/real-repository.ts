/** A repository as files, and a client's whole run on it in memory. */
import { TargetBuffer } from '../../src/client/buffer-sink.ts';
import type { Crypto, Transport } from '../../src/client/ports.ts';
import { run } from '../../src/client/run.ts';
import type { Profile } from '../../src/metadata/document.ts';
import { defaultLimits } from '../../src/metadata/limits.ts';
import { fetchTarget } from '../../src/workflow/fetch-target.ts';
import { findTarget } from '../../src/workflow/find-target.ts';
import type { UpdateEvent, Workflow } from '../../src/workflow/question.ts';
import { refresh } from '../../src/workflow/refresh.ts';
import type { UpdateContext, UpdateState } from '../../src/workflow/state.ts';
import { OpenStore } from '../simulator/harness.ts';
import { rememberingCrypto } from '../simulator/remembering-crypto.ts';

export interface RealRepository {
  readonly name: string;
  /** Path below the base URL, `metadata/…` or `targets/…`, to the file that is served there. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Roots 1 to this one are served. */
  readonly roots: number;
  /** A time at which everything is valid. */
  readonly time: string;
  readonly versions: { readonly timestamp: number; readonly snapshot: number; readonly targets: number };
  /** Every target path. */
  readonly targets: readonly string[];
  /** The one delegated role, and a target that it lists. */
  readonly delegated: { readonly role: string; readonly path: string };
}

/** What is trusted after a run, as text to compare. */
export type Trusts = Readonly<Record<string, string>>;

export interface RealRun {
  readonly trusts: Trusts | undefined;
  readonly failure: unknown;
  readonly events: readonly UpdateEvent[];
  readonly requests: readonly string[];
  readonly store: OpenStore;
}

export interface RunOptions {
  /** The version of the pinned root; 1 by default. */
  readonly from?: number;
  readonly profile?: Profile;
  /** Served in place of the repository's own. */
  readonly replaced?: ReadonlyMap<string, Uint8Array>;
  readonly targets?: readonly string[];
  readonly store?: OpenStore;
  readonly time?: string;
}

const crypto: Crypto = rememberingCrypto();

export const rootPath = (version: number): string => `metadata/${version}.root.json`;

/** Updates, finds and downloads; everything that the client then trusts, or its failure. */
export async function runOn(repository: RealRepository, options: RunOptions = {}): Promise<RealRun> {
  const { from = 1, replaced, targets = repository.targets } = options;
  const served = servedBy(repository, replaced);
  const context = contextAt(options.time ?? repository.time, options.profile);
  return runProgram(
    served,
    (sink) => everything(served(rootPath(from)) as Uint8Array, targets, context, sink),
    options.store,
  );
}

export type Served = (path: string) => Uint8Array | undefined;

export function servedBy({ files }: RealRepository, replaced?: ReadonlyMap<string, Uint8Array>): Served {
  return (path) => replaced?.get(path) ?? files.get(path);
}

export function contextAt(time: string, profile: Profile = 'default'): UpdateContext {
  const milliseconds = Date.parse(time);
  return {
    time: { milliseconds, nanoseconds: 0 },
    profile,
    canonicalForm: 'olpc',
    limits: defaultLimits,
    prefixTargetsWithHash: true,
  };
}

/** Runs a program in a world where these files are served. */
export async function runProgram(
  served: Served,
  program: (sink: TargetBuffer) => Workflow<Trusts>,
  store: OpenStore = new OpenStore(),
): Promise<RealRun> {
  const events: UpdateEvent[] = [];
  const requests: string[] = [];
  const sink = new TargetBuffer(1 << 20, crypto, () => {});
  try {
    const trusts = await run(program(sink), {
      transport: transportOf(served, requests),
      store,
      crypto,
      metadataUrl: 'https://real.example/metadata',
      targetsUrl: 'https://real.example/targets',
      signal: undefined,
      sink,
      report: (event) => events.push(event),
    });
    return { trusts, failure: undefined, events, requests, store };
  } catch (failure) {
    return { trusts: undefined, failure, events, requests, store };
  }
}

function* everything(
  pinned: Uint8Array,
  paths: readonly string[],
  context: UpdateContext,
  sink: TargetBuffer,
): Workflow<Trusts> {
  return yield* trustsOf(yield* refresh(pinned, context), paths, context, sink);
}

/** Finds and downloads on a state, and says what is trusted then. */
export function* trustsOf(
  state: UpdateState,
  paths: readonly string[],
  context: UpdateContext,
  sink: TargetBuffer,
): Workflow<Trusts> {
  const trusts: Record<string, string> = {};
  for (const role of ['root', 'timestamp', 'snapshot', 'targets'] as const)
    trusts[`role ${role}`] = signedText(state[role]);
  for (const path of paths) {
    const { target, role, vouchers } = yield* findTarget(state, path, context);
    if (target !== undefined) yield* fetchTarget(state, target, vouchers, context);
    const content = Buffer.from(sink.bytes()).toString('latin1');
    trusts[`target ${path}`] = target === undefined ? 'not found' : `${role}: ${content}`;
  }
  for (const [name, role] of state.delegated.get(state.targets) ?? []) trusts[`role ${name}`] = signedText(role);
  return trusts;
}

export const signedText = (document: { message(): Uint8Array }): string =>
  Buffer.from(document.message()).toString('latin1');

function transportOf(served: Served, requests: string[]): Transport {
  return {
    async get(url, { sink, bytesMax }) {
      const path = url.replace('https://real.example/', '');
      requests.push(path);
      const bytes = served(path);
      if (bytes === undefined) return { outcome: 'unavailable', status: 404 };
      if (bytes.length > bytesMax) return { outcome: 'too-long' };
      await sink.start(bytes.length);
      await sink.write(bytes);
      return { outcome: 'complete' };
    },
  };
}
