import type { Held, StepCommand, StepOutcome, Trial, TrialPlace } from './client-under-test.ts';
import type { LineMembers, LinePool } from './line-protocol.ts';
import type { Scratch } from './scratch.ts';

/** A sequence over the line protocol: the folders are those of the command line, but one process does all steps. */
export class LineTrial implements Trial {
  readonly #pool: LinePool;
  readonly #place: TrialPlace;
  readonly #scratch: Scratch;

  constructor(pool: LinePool, place: TrialPlace, scratch: Scratch) {
    this.#pool = pool;
    this.#place = place;
    this.#scratch = scratch;
  }

  init(root: Uint8Array): Promise<StepOutcome> {
    const { metadata: metadataDir, rootFile } = this.#scratch;
    this.#scratch.give(root);
    return this.#ask({ call: 'init', metadataDir, rootFile });
  }

  async change(name: string, bytes: Uint8Array | null): Promise<void> {
    this.#scratch.change(name, bytes);
  }

  async changeTarget(was: Uint8Array, now: Uint8Array | null): Promise<void> {
    this.#scratch.changeTarget(was, now);
  }

  step({ download, time, profile }: StepCommand): Promise<StepOutcome> {
    const { metadataUrl, targetsUrl: targetBaseUrl } = this.#place;
    const { metadata: metadataDir, targets: targetDir } = this.#scratch;
    const both = {
      metadataUrl,
      metadataDir,
      ...(time === undefined ? {} : { time }),
      ...(profile === 'strict' ? { profile } : {}),
    };
    if (download === undefined) return this.#ask({ call: 'refresh', ...both });
    return this.#ask({ call: 'download', ...both, targetNames: [...download], targetDir, targetBaseUrl });
  }

  async held(): Promise<Held> {
    return this.#scratch.held();
  }

  async end(): Promise<readonly string[]> {
    return this.#scratch.end();
  }

  async #ask(request: LineMembers): Promise<StepOutcome> {
    const answered = await this.#pool.ask(request);
    const { output } = answered;
    if ('failure' in answered) return { failure: answered.failure, output };
    const { result, reason } = answered.answer;
    if (result !== 'accept' && result !== 'reject') return { failure: 'an answer without a result', output };
    return { result, ...(typeof reason === 'string' ? { reason } : {}) };
  }
}
