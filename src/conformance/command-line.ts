/**
 * A program under test by the command line of the public conformance suite: `init`, `refresh` and `download`, each a
 * process of its own.
 *
 * @module
 */
import type {
  ClientUnderTest,
  Held,
  SavedTrial,
  StepCommand,
  StepOutcome,
  Trial,
  TrialPlace,
} from './client-under-test.ts';
import { type Bounds, ConfinedProcess } from './confined-process.ts';
import { fakeClock, hasFakeClock, isRunning, removeLeftClocks } from './fake-clock.ts';
import { isThere, type Scratch, ScratchFolder } from './scratch.ts';

/** A program by the command line alone; it answers no calls. Close it to remove its folders. */
export function commandLineClient(command: readonly string[], bounds: Bounds = {}): ClientUnderTest {
  const folder = new ScratchFolder();
  removeLeftClocks(isRunning);
  return {
    name: command.join(' '),
    calls: new Set(),
    forms: new Set(),
    profiles: new Set(),
    sequences: { by: 'command-line' },
    clockSkipped: hasFakeClock() ? undefined : 'it has a clock of its own, and faketime is not installed',
    ask: async () => ({ failure: 'the command line has no calls' }),
    canContinue: true,
    begin: async (place, from) => new CommandLineTrial(command, bounds, place, folder.begin(place.lane, from)),
    close: async () => folder.remove(),
  };
}

class CommandLineTrial implements Trial {
  readonly #command: readonly string[];
  readonly #bounds: Bounds;
  readonly #place: TrialPlace;
  readonly #scratch: Scratch;

  constructor(command: readonly string[], bounds: Bounds, place: TrialPlace, scratch: Scratch) {
    this.#command = command;
    this.#bounds = bounds;
    this.#place = place;
    this.#scratch = scratch;
  }

  init(root: Uint8Array): Promise<StepOutcome> {
    const { metadata, rootFile } = this.#scratch;
    this.#scratch.give(root);
    return this.#run(['--metadata-dir', metadata, 'init', rootFile], undefined);
  }

  async change(name: string, bytes: Uint8Array | null): Promise<void> {
    this.#scratch.change(name, bytes);
  }

  async changeTarget(was: Uint8Array, now: Uint8Array | null): Promise<void> {
    this.#scratch.changeTarget(was, now);
  }

  async step({ download, time }: StepCommand): Promise<StepOutcome> {
    const { metadataUrl, targetsUrl } = this.#place;
    const { metadata, targets } = this.#scratch;
    const both = ['--metadata-url', metadataUrl, '--metadata-dir', metadata];
    if (download === undefined) return this.#run([...both, 'refresh'], time);
    const names = download.flatMap((path) => ['--target-name', path]);
    const absent = download.filter((path) => path.startsWith('/') && !isThere(path));
    const where = ['--target-dir', targets, '--target-base-url', targetsUrl];
    const outcome = await this.#run([...both, ...names, ...where, 'download'], time);
    for (const path of absent.filter(isThere)) this.#scratch.note(`it wrote outside its folders: ${path}`);
    return outcome;
  }

  async held(): Promise<Held> {
    return this.#scratch.held();
  }

  async save(): Promise<SavedTrial | undefined> {
    return this.#scratch.save();
  }

  async end(): Promise<readonly string[]> {
    return this.#scratch.end();
  }

  async #run(args: readonly string[], time: string | undefined): Promise<StepOutcome> {
    if (args.some((arg) => arg.includes('\0'))) return { failure: 'no command line can carry a NUL' };
    const { temporary } = this.#scratch;
    const confined = new ConfinedProcess({
      command: [...fakeClock(time), ...this.#command, ...args],
      env: { TMPDIR: temporary, TMP: temporary, TEMP: temporary },
      bounds: this.#bounds,
    });
    confined.close();
    const { code, broken, output } = await confined.ended;
    if (time !== undefined && code === undefined) removeLeftClocks(isRunning);
    if (broken !== undefined) return { failure: broken, output };
    if (code === 0 || code === 1) return { result: code === 0 ? 'accept' : 'reject', output };
    return { failure: `exit code ${code}: 0 is success, 1 is failure, and there is no other`, output };
  }
}
