/**
 * The benchmarks by name: which repository, cold or warm, how many counted runs of each program, and which programs.
 * tuf-js takes time that grows with the square of the targets, so it joins the larger ones only when asked.
 */
const plainSizes = [10, 1_000, 2_000, 10_000, 100_000];
const tufJsTargetsMax = 2_000;
const tufJsSlowTargetsMax = 10_000;

const plain = (targets) => ({ name: `plain-${targets}`, shape: { kind: 'plain', targets } });
const bins = (kind) => ({ name: `bins-${kind}`, shape: { kind } });

function plainCase(mode, targets) {
  return {
    name: `${mode}-${targets}`,
    repository: plain(targets),
    warm: mode === 'warm',
    runs: targets < 10_000 ? 9 : 7,
    tufJs: targets <= tufJsTargetsMax ? 'always' : targets <= tufJsSlowTargetsMax ? 'slow' : 'never',
  };
}

function binsCase(kind) {
  return { name: `bins-${kind}`, repository: bins(kind), warm: false, runs: 7, tufJs: 'slow' };
}

/** Benchmarks of refresh and find, in the order in which they are printed. */
export const updateCases = [
  ...['cold', 'warm'].flatMap((mode) => plainSizes.map((targets) => plainCase(mode, targets))),
  binsCase('succinct'),
  binsCase('explicit'),
];

/** Memory above idle is taken from the same runs as the CPU time of this case. */
export const memoryCase = { name: 'memory-100000', of: 'cold-100000' };

/** A cold refresh and find of which the peak of the whole process counts. */
export const peakCase = {
  name: 'memory-1000000',
  repository: plain(1_000_000),
  warm: false,
  runs: 3,
  tufJs: 'never',
  limits: { targetsBytes: 512 * 2 ** 20 },
};

/** A client that refreshes again and again what does not change: CPU time beyond that of the two requests alone. */
export const liveCases = [plain(10), plain(100_000), bins('succinct'), bins('explicit')].map((repository) => ({
  name: `live-${repository.name.replace('plain-', '')}`,
  repository,
  processes: 3,
  refreshes: 40,
}));

/** A download to a file: the peak of the whole process, by the bytes of the target. */
export const downloadCase = {
  name: 'memory-download',
  runs: 3,
  repositories: [64 * 2 ** 20, 2 ** 31].map((bytes) => ({
    label: bytes < 2 ** 30 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 30} GiB`,
    name: `download-${bytes}`,
    shape: { kind: 'download', bytes },
  })),
};

export const importCase = { name: 'import', runs: 21 };

export const allNames = [...updateCases, memoryCase, peakCase, ...liveCases, downloadCase, importCase].map(
  ({ name }) => name,
);
