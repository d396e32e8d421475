/**
 * A test runner for Stryker: the project's vitest tests, in Stryker's own process. vitest starts a worker and loads all
 * modules for each mutant, which takes a second or more; here they are loaded once, and a mutant takes milliseconds.
 *
 * State that one mutant leaves behind in modules must not speak for or against another one. So a mutant outlives only what
 * was loaded anew for it; and a kill counts only where the test that failed passes right after, without the mutant.
 *
 * @module
 */
import { register } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { root } from '../tools/project.mjs';
import { afterOne, oneLine, placeOf } from './mutants.mjs';
import { collect } from './vitest-in-process.mjs';

export const strykerPlugins = [{ kind: 'TestRunner', name: 'in-process', injectableClass: inProcessRunner() }];

const success = 0;
const failed = 1;

function inProcessRunner() {
  return class InProcessRunner {
    static inject = ['options'];

    #files;
    /** The only mutants that are asked about in a file, where a range holds others, too. @type {Record<string, string[]>} */
    #only;
    /** Parts of the names of tests that are not run. */
    #without;
    /** @type {Map<string, { id: string, path: string, run: () => unknown }>} */
    #tests = new Map();
    #loads = 0;
    /** Whether what is loaded was loaded without a mutant, and no mutant ran away in it. */
    #isClean = false;
    /** Milliseconds of each test, when it last passed. @type {Map<string, number>} */
    #times = new Map();

    constructor(options) {
      this.#files = options.inProcess.tests;
      this.#only = options.inProcess.only;
      this.#without = options.inProcess.without ?? [];
    }

    capabilities() {
      return { reloadEnvironment: true };
    }

    async init() {
      register('./typescript-hooks.mjs', import.meta.url, { data: { root: pathToFileURL(`${process.cwd()}/`).href } });
      // The same examples each time, and the first that fails is enough.
      fc.configureGlobal({ seed: 1, endOnFailure: true });
      // A mutant may leave a promise behind that nobody waits for.
      process.on('unhandledRejection', () => {});
    }

    async dryRun() {
      state().activeMutant = undefined;
      const failure = await this.#loadFailure();
      if (failure !== undefined) return { status: 'error', errorMessage: failure };
      const tests = [];
      for (const test of this.#tests.values()) {
        state().currentTestId = test.id;
        const failureMessage = await this.#failureOf(test);
        state().currentTestId = undefined;
        tests.push({
          id: test.id,
          name: test.id,
          fileName: join(process.cwd(), test.path),
          timeSpentMs: this.#times.get(test.id) ?? 0,
          ...(failureMessage === undefined ? { status: success } : { status: failed, failureMessage }),
        });
      }
      return { status: 'complete', tests, mutantCoverage: state().mutantCoverage };
    }

    async mutantRun(options) {
      if (!this.#isAsked(options.activeMutant)) return { status: 'survived', nrOfTests: 0 };
      // What is loaded already tells of most mutants that are met while modules load, too.
      if (this.#isClean) {
        const result = await this.#try(options, false);
        if (result.status === 'killed' && (await this.#passes(result.killedBy[0]))) return result;
      }
      return this.#try(options, true);
    }

    #isAsked({ fileName, mutatorName, location, replacement }) {
      const places = this.#only[relative(root, fileName)];
      if (places === undefined) return true;
      // Here lines and columns count from 0.
      const { start, end } = afterOne(location);
      return places.includes(placeOf({ mutator: mutatorName, start, end, replacement: oneLine(replacement) }));
    }

    async #try({ activeMutant, testFilter, hitLimit, mutantActivation }, isFresh) {
      const shared = state();
      shared.hitLimit = hitLimit;
      shared.hitCount = 0;
      let nrOfTests = 0;
      try {
        if (isFresh) {
          shared.activeMutant = mutantActivation === 'static' ? activeMutant.id : undefined;
          const failureMessage = await this.#loadFailure();
          // Modules that cannot be loaded are as good as a test that fails; of which file is not told.
          if (failureMessage !== undefined) {
            return { status: 'killed', killedBy: [`${this.#files[0]}#`], failureMessage, nrOfTests };
          }
        }
        shared.activeMutant = activeMutant.id;
        for (const test of this.#chosen(testFilter)) {
          nrOfTests += 1;
          const failureMessage = await this.#failureOf(test);
          if (shared.hitCount > hitLimit) {
            this.#isClean = false;
            return { status: 'timeout', reason: 'it runs away' };
          }
          if (failureMessage !== undefined) return { status: 'killed', killedBy: [test.id], failureMessage, nrOfTests };
        }
      } finally {
        shared.activeMutant = undefined;
      }
      return { status: 'survived', nrOfTests };
    }

    /** The tests that meet a mutant, all where that is not known; the quick ones first. */
    #chosen(filter) {
      const tests = filter ? filter.map((id) => this.#test(id)) : [...this.#tests.values()];
      const time = ({ id }) => this.#times.get(id) ?? 0;
      return tests.sort((a, b) => time(a) - time(b));
    }

    #test(id) {
      const test = this.#tests.get(id);
      if (test === undefined) throw new TypeError(`the tests are not the same each time: ${id} is gone`);
      return test;
    }

    /** What a test fails with. Notes how long it takes. */
    async #failureOf({ id, run }) {
      const start = performance.now();
      try {
        await run();
        this.#times.set(id, performance.now() - start);
        return undefined;
      } catch (error) {
        return String(error?.stack ?? error);
      }
    }

    async #passes(id) {
      return (await this.#failureOf(this.#test(id))) === undefined;
    }

    async #loadFailure() {
      this.#isClean = false;
      try {
        await this.#load();
        this.#isClean = state().activeMutant === undefined;
        return undefined;
      } catch (error) {
        return String(error);
      }
    }

    /** Loads all modules anew. */
    async #load() {
      this.#loads += 1;
      this.#tests.clear();
      for (const path of this.#files) {
        const url = `${pathToFileURL(join(process.cwd(), path)).href}?load=${this.#loads}`;
        for (const test of await collect(path, () => import(url))) {
          if (!this.#without.some((part) => test.id.includes(part))) this.#tests.set(test.id, { ...test, path });
        }
      }
    }
  };
}

/** What the mutated code looks at. */
function state() {
  // biome-ignore lint/suspicious/noAssignInExpressions: made by whoever comes first, here or in mutated code
  return (globalThis.__stryker__ ??= {});
}
