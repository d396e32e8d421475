/**
 * Situations in which a client updates, finds and downloads: what is served, what it holds, and what was served before.
 */
import { TargetBuffer } from '../../src/client/buffer-sink.ts';
import { run } from '../../src/client/run.ts';
import { defaultLimits } from '../../src/metadata/limits.ts';
import { fetchTarget } from '../../src/workflow/fetch-target.ts';
import { findTarget } from '../../src/workflow/find-target.ts';
import type { UpdateEvent, Workflow } from '../../src/workflow/question.ts';
import { refresh } from '../../src/workflow/refresh.ts';
import type { UpdateContext } from '../../src/workflow/state.ts';
import { OpenStore } from '../simulator/harness.ts';
import { SimKey } from '../simulator/key.ts';
import { rememberingCrypto } from '../simulator/remembering-crypto.ts';
import { type Answer, Simulator } from '../simulator/simulator.ts';

export interface Scenario {
  readonly name: string;
  readonly simulator: Simulator;
  readonly pinned: Uint8Array;
  /** What the client holds at the start. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What was served first: older than what is held, and still validly signed where the keys are still trusted. */
  readonly older: ReadonlyMap<string, Answer>;
  readonly path: string;
}

/** What one run has established, as text to compare. */
export interface Established {
  readonly versions: Readonly<Record<'root' | 'timestamp' | 'snapshot' | 'targets', number>>;
  /** The bytes that the signatures of each trusted file cover. */
  readonly signed: Readonly<Record<string, string>>;
  readonly role: string | undefined;
  readonly visited: readonly string[];
  readonly target: string;
}

export interface Ended {
  readonly established: Established | undefined;
  readonly failure: unknown;
  readonly events: readonly UpdateEvent[];
  readonly store: OpenStore;
}

const crypto = rememberingCrypto();

/** A store that holds a copy of some files. */
export function storeOf(files: ReadonlyMap<string, Uint8Array>): OpenStore {
  const store = new OpenStore();
  for (const [name, bytes] of files) store.files.set(name, bytes.slice());
  return store;
}

/** Update, find and download as one program. */
export function* session(
  pinned: Uint8Array,
  path: string,
  context: UpdateContext,
  sink: TargetBuffer,
): Workflow<Established> {
  const state = yield* refresh(pinned, context);
  const { target, role, visited, vouchers } = yield* findTarget(state, path, context);
  if (target !== undefined) yield* fetchTarget(state, target, vouchers, context);
  const { root, timestamp, snapshot, targets } = state;
  const documents = { root, timestamp, snapshot, targets };
  const each = <T>(of: (document: (typeof documents)[keyof typeof documents]) => T) =>
    Object.fromEntries(Object.entries(documents).map(([name, document]) => [name, of(document)]));
  return {
    versions: each(({ signed }) => signed.version) as Established['versions'],
    signed: each((document) => Buffer.from(document.message()).toString()),
    role,
    visited,
    target: target === undefined ? '' : Buffer.from(sink.bytes()).toString('latin1'),
  };
}

export function contextOf(simulator: Simulator): UpdateContext {
  const time = { milliseconds: simulator.time, nanoseconds: 0 };
  return { time, profile: 'default', canonicalForm: 'olpc', limits: defaultLimits, prefixTargetsWithHash: true };
}

/** Runs a session in the world of a scenario, on a store. `around` may wrap the program. */
export async function runSession(
  scenario: Scenario,
  store: OpenStore = storeOf(scenario.files),
  around: (program: Workflow<Established>) => Workflow<Established> = (program) => program,
): Promise<Ended> {
  const { simulator, pinned, path } = scenario;
  const events: UpdateEvent[] = [];
  const sink = new TargetBuffer(1 << 20, crypto, () => {});
  const program = around(session(pinned, path, contextOf(simulator), sink));
  try {
    const established = await run(program, {
      transport: simulator.transport,
      store,
      crypto,
      metadataUrl: 'https://simulator.example/metadata/',
      targetsUrl: 'https://simulator.example/targets/',
      signal: undefined,
      sink,
      report: (event) => events.push(event),
    });
    return { established, failure: undefined, events, store };
  } catch (failure) {
    return { established: undefined, failure, events, store };
  }
}

/** The files that a client holds after an undisturbed session. */
async function filesAfter(simulator: Simulator, pinned: Uint8Array, path: string): Promise<Map<string, Uint8Array>> {
  const scenario = { name: '', simulator, pinned, path, files: new Map(), older: new Map() };
  const { store, failure } = await runSession(scenario);
  if (failure !== undefined) throw failure;
  return store.files;
}

const path = 'p/q/file.txt';

/** A repository with nested delegations, of which one has to be passed over, and two releases. */
function repository(options: ConstructorParameters<typeof Simulator>[0] = {}): Simulator {
  const simulator = new Simulator(options);
  simulator.delegate('targets', 'other', { paths: ['p/*/*'] });
  simulator.delegate('targets', 'first', { paths: ['p/*/*'] });
  simulator.delegate('first', 'second/../x', { path_hash_prefixes: [''] });
  simulator.addTarget(simulator.delegated.get('second/../x'), path, 'first content');
  simulator.publishDelegated();
  simulator.publishTargets();
  firstReleases.set(simulator, simulator.save());
  simulator.publishTargets();
  return simulator;
}

/** What each repository served first: older than what any client here holds, where it holds anything. */
const firstReleases = new WeakMap<Simulator, ReadonlyMap<string, Answer>>();

function newRelease(simulator: Simulator): void {
  const document = simulator.delegated.get('second/../x');
  document.version += 1;
  simulator.addTarget(document, path, 'second content');
  simulator.publishDelegated();
  simulator.publishTargets();
}

type Making = () => Promise<Scenario>;

async function scenario(
  name: string,
  simulator: Simulator,
  change: (simulator: Simulator) => void,
  more: Partial<Scenario> = {},
): Promise<Scenario> {
  const pinned = more.pinned ?? simulator.bytes('metadata/1.root.json');
  const files = more.files ?? (await filesAfter(simulator, pinned, path));
  change(simulator);
  const older = firstReleases.get(simulator) as Scenario['older'];
  return { name, simulator, pinned, files, older, path, ...more };
}

const makings: Readonly<Record<string, Making>> = {
  cold: () => scenario('cold', repository(), newRelease, { files: new Map() }),
  'cold, hashes listed, not canonical': () =>
    scenario('cold, hashes', repository({ hashes: true, layout: 'indented' }), newRelease, { files: new Map() }),
  'cold, keys rotated on the way': async () => {
    const simulator = repository();
    const pinned = simulator.bytes('metadata/1.root.json');
    simulator.rotate('timestamp', 'timestamp two');
    simulator.rotate('snapshot', 'snapshot two');
    simulator.publishTargets();
    firstReleases.set(simulator, simulator.save());
    return scenario('cold, keys rotated on the way', simulator, newRelease, { files: new Map(), pinned });
  },
  'warm, nothing new': () => scenario('warm, nothing new', repository({ hashes: true }), () => {}),
  'warm, a release, roots kept': async () => {
    const simulator = repository({ hashes: true });
    const pinned = simulator.bytes('metadata/1.root.json');
    simulator.rotate('root', 'root two');
    simulator.rotate('root', 'root three');
    return scenario('warm, a release', simulator, newRelease, { pinned });
  },
  'warm, plain names': () => scenario('warm, plain names', repository({ consistentSnapshot: false }), newRelease),
  'root rotated twice': () =>
    scenario('root rotated twice', repository(), (simulator) => {
      simulator.rotate('root', 'root two');
      simulator.rotate('root', 'root three');
      newRelease(simulator);
    }),
  'recovery from a fast-forward': () =>
    scenario('recovery from a fast-forward', fastForwarded(), (simulator) => {
      simulator.timestamp.version = 2;
      simulator.snapshot.version = 2;
      simulator.rotate('timestamp', 'timestamp two');
      simulator.rotate('snapshot', 'snapshot two');
      newRelease(simulator);
    }),
  'another lineage': async () => {
    const other = repository();
    other.trustKeys('root', [new SimKey('root of another')]);
    other.root.version = 0;
    other.publishRoot();
    other.rotate('root', 'next root of another');
    for (let i = 0; i < 5; i += 1) other.publishTargets();
    const files = await filesAfter(other, other.bytes('metadata/1.root.json'), path);
    return scenario('another lineage', repository({ hashes: true }), newRelease, { files });
  },
  'a higher root pinned, a key removed on the way': async () => {
    const simulator = repository();
    const files = await filesAfter(simulator, simulator.bytes('metadata/1.root.json'), path);
    simulator.rotate('root', 'root two');
    simulator.rotate('snapshot', 'snapshot two');
    simulator.publishTargets();
    const pinned = simulator.bytes('metadata/3.root.json');
    simulator.rotate('root', 'root four');
    return scenario('a higher root pinned', simulator, newRelease, { files, pinned });
  },
  'local files damaged': async () => {
    const simulator = repository();
    simulator.rotate('root', 'root two');
    const pinned = simulator.bytes('metadata/1.root.json');
    const files = await filesAfter(simulator, pinned, path);
    for (const [name, bytes] of files) files.set(name, bytes.fill(0x5b, 0, 1));
    return scenario('local files damaged', simulator, newRelease, { files, pinned });
  },
};

/** Timestamp and snapshot at versions that no honest one follows, held by the client. */
function fastForwarded(): Simulator {
  const simulator = repository();
  simulator.timestamp.version = 1e9;
  simulator.snapshot.version = 1e9;
  simulator.publishTargets();
  return simulator;
}

export const scenarioNames: readonly string[] = Object.keys(makings);

export function makeScenario(name: string): Promise<Scenario> {
  return (makings[name] as Making)();
}
