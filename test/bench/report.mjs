/** Prints what was measured: a table with ratios, and what a reader must know to judge it. */

const programs = ['tufa', 'limit', 'preloaded', 'limit+write', 'tuf-js', 'python-tuf', 'go-tuf'];
const ratios = [
  ...['limit', 'preloaded', 'limit+write'].map((program) => ['tufa', program]),
  ...['tuf-js', 'python-tuf', 'go-tuf'].map((program) => [program, 'tufa']),
];
const columns = ['benchmark', 'unit', ...programs, ...ratios.map((both) => both.join('/')), 'runs'];

export function printTable(rows) {
  const lines = [columns, ...rows.map(cells)];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines) {
    const padded = line.map((cell, column) =>
      column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
    );
    process.stdout.write(`${padded.join('  ').trimEnd()}\n`);
  }
  process.stdout.write('\n');
  for (const { name, values, fileMiB, peak } of rows.filter((row) => row.fileMiB !== undefined)) {
    const times = Object.entries(values).map(([program, value]) => `${program} ${(value / fileMiB).toFixed(2)}`);
    const what = peak ? 'peak of the whole process' : 'peak above idle';
    process.stdout.write(
      `${name}: ${what} in multiples of targets.json (${fileMiB.toFixed(2)} MiB): ${times.join(', ')}\n`,
    );
  }
  for (const { name, live } of rows.filter((row) => row.live !== undefined)) {
    const [refresh, requests, first] = [live.refresh, live.requests, live.first].map(amount);
    process.stdout.write(
      `${name}: a refresh ${refresh} CPU ms, its two requests alone ${requests}; the first after that which fetched all ${first} beyond\n`,
    );
  }
  for (const { name, peaks } of rows.filter((row) => row.peaks !== undefined)) {
    const each = Object.entries(peaks).map(([label, mebibytes]) => `${label} ${amount(mebibytes)}`);
    process.stdout.write(`${name}: peak of the whole process in MiB, by the size of the target: ${each.join(', ')}\n`);
  }
  for (const { nothing, runs } of rows.filter((row) => row.nothing !== undefined)) {
    process.stdout.write(
      `import: above a process that does nothing, which takes ${amount(nothing)} CPU ms (${runs} runs)\n`,
    );
  }
}

function cells({ name, unit, runs, values }) {
  const figures = programs.map((program) => (values[program] === undefined ? '-' : amount(values[program])));
  return [name, unit, ...figures, ...ratios.map(([value, over]) => ratio(values[value], values[over])), String(runs)];
}

function amount(value) {
  return value.toFixed(value < 100 ? 1 : 0);
}

function ratio(value, over) {
  return value === undefined || over === undefined ? '-' : `${(value / over).toFixed(2)}x`;
}

/** Whether the time grows with the targets: 10 in the ratio of 100,000 to 10,000 is linear. */
export function linearity(rows) {
  for (const mode of ['cold', 'warm']) {
    const at = (targets) => rows.find(({ name }) => name === `${mode}-${targets}`)?.values;
    const [small, middle, large] = [at(10), at(10_000), at(100_000)];
    if (small === undefined || middle === undefined || large === undefined) continue;
    const growth = ['tufa', 'limit'].map((program) => {
      const times = (large[program] - small[program]) / (middle[program] - small[program]);
      return `${program} ${times.toFixed(1)}`;
    });
    process.stdout.write(
      `${mode}: 100,000 targets over 10,000, less the cost at 10 (10 is linear): ${growth.join(', ')}\n`,
    );
  }
}

/** Says so when a program asked for other files than the limit did: then their figures compare less. */
export function sameRequests(name, measured) {
  const wanted = measured.limit.requests.join(' ');
  for (const [program, { requests }] of Object.entries(measured)) {
    if (requests.join(' ') === wanted) continue;
    process.stdout.write(
      `${name}: ${program} made other requests than the limit: ${requests.join(' ')} in place of ${wanted}\n`,
    );
  }
}
