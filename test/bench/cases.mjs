/**
 * The benchmarks by name: which repository, cold or warm, how many counted runs of each program, and which programs.
 * tuf-js takes time that grows with the square of the targets, so it joins the larger ones only when asked.
 */
const plainSizes = [10, 1_000, 2_000, 10_000, 100_000];
const tufJsTargetsMax = 2_000;
const tufJsSlowTargetsMax = 10_000;

function plainCase(mode, targets) {
  return {
    name: `${mode}-${targets}`,
    repository: { name: `plain-${targets}`, shape: { kind: 'plain', targets } },
    warm: mode === 'warm',
    runs: targets < 10_000 ? 9 : 7,
    tufJs: targets <= tufJsTargetsMax ? 'always' : targets <= tufJsSlowTargetsMax ? 'slow' : 'never',
  };
}

function binsCase(kind) {
  const repository = { name: `bins-${kind}`, shape: { kind } };
  return { name: `bins-${kind}`, repository, warm: false, runs: 7, tufJs: 'slow' };
}

/** Benchmarks of refresh and find, in the order in which they are printed. */
export const updateCases = [
  ...['cold', 'warm'].flatMap((mode) => plainSizes.map((targets) => plainCase(mode, targets))),
  binsCase('succinct'),
  binsCase('explicit'),
];

/** Memory is taken from the same runs as the CPU time of this case. */
export const memoryCase = { name: 'memory-100000', of: 'cold-100000' };

export const importCase = { name: 'import', runs: 21 };

export const allNames = [...updateCases.map(({ name }) => name), memoryCase.name, importCase.name];
