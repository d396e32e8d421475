/**
 * What the tests import from vitest, without vitest around it: `expect` is vitest's own; `describe` and `it` only note the
 * tests of the file that is being loaded. Hooks are not known here.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const inVitest = createRequire(createRequire(import.meta.url).resolve('vitest/package.json'));
const { chai, JestAsymmetricMatchers, JestChaiExpect, JestExtend, setState, GLOBAL_EXPECT } = await import(
  pathToFileURL(inVitest.resolve('@vitest/expect')).href
);
for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

/** @type {any} */
export const expect = (value, message) => chai.expect(value, message);
Object.assign(expect, chai.expect);
globalThis[GLOBAL_EXPECT] = expect;
setState({ assertionCalls: 0, isExpectingAssertions: false, isExpectingAssertionsError: null }, expect);

/** @type {{ id: string, run: () => unknown }[]} */
let found = [];
let file = '';
/** @type {string[]} */
let suites = [];

/** The tests of one file, in its order. @param {string} path @param {() => Promise<unknown>} load */
export async function collect(path, load) {
  file = path;
  found = [];
  suites = [];
  await load();
  return found;
}

export const it = withEach((name, run) => {
  found.push({ id: `${file}#${[...suites, name].join(' > ')} (${found.length + 1})`, run });
});

export const describe = withEach((name, body) => {
  suites.push(name);
  body();
  suites.pop();
});

/** Types are not checked here. */
export const expectTypeOf = () => new Proxy(() => {}, { get: () => expectTypeOf(), apply: () => expectTypeOf() });

/** Only so that an import finds them: a file that uses one belongs to the tests that are left out. */
const unknown = () => {
  throw new TypeError('a file with hooks or mocks cannot be run in process');
};

export { unknown as afterAll, unknown as afterEach, unknown as beforeAll, unknown as beforeEach };

function withEach(add) {
  const one = (name, run) => add(name, run);
  one.each = (table) => (name, run) => {
    // By number: what a row holds may differ each time that it is made.
    for (const [index, row] of [...table].entries()) {
      const values = Array.isArray(row) ? row : [row];
      add(`${name} [${index + 1}]`, () => run(...values));
    }
  };
  return one;
}
