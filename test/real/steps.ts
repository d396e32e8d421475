/**
 * What an honest run establishes, step by step, so that a run on a changed file can start at the step that reads it: all
 * before is as it was.
 */
import type { TargetBuffer } from '../../src/client/buffer-sink.ts';
import type { Root } from '../../src/metadata/root.ts';
import { topLevelAuthority } from '../../src/trust/authority.ts';
import { type Trusted, trustNextRoot, trustPinnedRoot } from '../../src/trust/trusted.ts';
import type { Workflow } from '../../src/workflow/question.ts';
import { refresh } from '../../src/workflow/refresh.ts';
import type { UpdateState } from '../../src/workflow/state.ts';
import { updateRoot } from '../../src/workflow/update-root.ts';
import { updateSnapshot } from '../../src/workflow/update-snapshot.ts';
import { updateTargets } from '../../src/workflow/update-targets.ts';
import { updateTimestamp } from '../../src/workflow/update-timestamp.ts';
import {
  contextAt,
  type RealRepository,
  type RealRun,
  rootPath,
  runProgram,
  servedBy,
  signedText,
  type Trusts,
  trustsOf,
} from './real-repository.ts';

/** A time at which no root has expired yet: each can be the last one. */
const early = contextAt('2021-06-01T00:00:00Z');

export class Steps {
  readonly repository: RealRepository;
  /** Of the whole run; and of a walk that ends at each root, by its path. */
  honest: Trusts = {};
  readonly honestRoots = new Map<string, Trusts>();
  readonly #roots: Trusted<Root>[] = [];
  #state: UpdateState | undefined;

  constructor(repository: RealRepository) {
    this.repository = repository;
  }

  static async of(repository: RealRepository): Promise<Steps> {
    const steps = new Steps(repository);
    const { failure, trusts } = await runProgram(servedBy(repository), (sink) => steps.#prepare(sink));
    if (trusts === undefined) throw failure;
    steps.honest = trusts;
    return steps;
  }

  *#prepare(sink: TargetBuffer): Workflow<Trusts> {
    const { files, roots, targets, time } = this.repository;
    const bytes = (version: number): Uint8Array => files.get(rootPath(version)) as Uint8Array;
    let root = yield* trustPinnedRoot(bytes(1), early);
    for (let version = 1; version <= roots; version += 1) {
      if (version > 1) root = yield* trustNextRoot(root, bytes(version), early);
      this.#roots.push(root);
      this.honestRoots.set(rootPath(version), { 'role root': signedText(root) });
    }
    const context = contextAt(time);
    this.#state = yield* refresh(bytes(roots), context);
    return yield* trustsOf(this.#state, targets, context, sink);
  }

  /** Runs from the step that reads the file at `path`, which is replaced, to the targets; from a root, to that root. */
  run(path: string, replaced: Uint8Array, targets: readonly string[]): Promise<RealRun> {
    const version = Number(/^metadata\/(\d+)\.root\.json$/.exec(path)?.[1] ?? 0);
    const served = servedBy(this.repository, new Map([[path, replaced]]));
    if (version === 0) return runProgram(served, (sink) => this.#from(path, targets, sink));
    return runProgram(
      (asked) => (asked === rootPath(version + 1) ? undefined : served(asked)),
      () => this.#toRoot(version, replaced),
    );
  }

  *#toRoot(version: number, replaced: Uint8Array): Workflow<Trusts> {
    const before = version === 1 ? yield* trustPinnedRoot(replaced, early) : this.#roots[version - 2];
    const { root } = yield* updateRoot(before as Trusted<Root>, undefined, early);
    return { 'role root': signedText(root) };
  }

  *#from(path: string, targets: readonly string[], sink: TargetBuffer): Workflow<Trusts> {
    const context = contextAt(this.repository.time);
    const state = this.#state as UpdateState;
    const { root } = state;
    let { timestamp, snapshot, targets: trusted } = state;
    const chain = { root, roots: [root], steps: [root], reRooted: false, walkStatus: undefined };
    const step = ['timestamp.json', '.snapshot.json', '.targets.json'].findIndex((name) => path.endsWith(name));
    if (step === 0) timestamp = yield* updateTimestamp(chain, undefined, context);
    if (step === 0 || step === 1) snapshot = yield* updateSnapshot(chain, timestamp, context);
    if (step !== -1) {
      trusted = yield* updateTargets(topLevelAuthority(root, 'targets'), root, snapshot, context);
    }
    // A delegated role is read anew; for a target, all metadata is as it was.
    const delegated = path.startsWith('targets/') ? state.delegated : new WeakMap();
    return yield* trustsOf({ ...state, timestamp, snapshot, targets: trusted, delegated }, targets, context, sink);
  }
}
