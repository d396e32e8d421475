/**
 * `npm run bench -- [--json FILE] [--slow] [NAME…]`: benchmarks side by side with the limit and with tuf-js, in one run.
 * `--slow` lets tuf-js run where it takes minutes. Uses the built `dist/`; prints a table to stdout.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { allNames, importCase, memoryCase, updateCases } from './cases.mjs';
import { measureImport, measureUpdate, startServer } from './measure.mjs';
import { linearity, printTable, sameRequests } from './report.mjs';
import { repository } from './repository.mjs';

function readArguments() {
  try {
    const options = { json: { type: 'string' }, slow: { type: 'boolean', default: false } };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const unknown = positionals.filter((name) => !allNames.includes(name));
    if (unknown.length > 0)
      throw new TypeError(`no benchmark is named ${unknown.join(', ')}; there are ${allNames.join(', ')}`);
    return { ...values, names: positionals.length > 0 ? positionals : allNames };
  } catch (error) {
    process.stderr.write(`bench: ${error.message}\n`);
    process.exit(2);
  }
}

async function measureAll(names, slow) {
  const rows = [];
  const wantsMemory = names.includes(memoryCase.name);
  const server = await startServer();
  try {
    for (const benchmark of updateCases) {
      const counts = names.includes(benchmark.name);
      const remembers = wantsMemory && benchmark.name === memoryCase.of;
      if (!counts && !remembers) continue;
      const measured = await measureUpdate(benchmark, server, { slow });
      sameRequests(benchmark.name, measured);
      const fileMiB = repository(benchmark.repository.name, benchmark.repository.shape).largestBytes / 2 ** 20;
      if (counts) rows.push(row(benchmark.name, 'CPU ms', measured, 'cpuMs'));
      if (remembers) rows.push({ ...row(memoryCase.name, 'MiB', measured, 'memoryMiB'), fileMiB });
      process.stderr.write(`bench: ${benchmark.name} measured\n`);
    }
  } finally {
    server.stop();
  }
  if (names.includes(importCase.name)) rows.push(importRow(await measureImport()));
  return rows;
}

function row(name, unit, measured, quantity) {
  const values = Object.fromEntries(Object.entries(measured).map(([program, result]) => [program, result[quantity]]));
  return { name, unit, runs: measured.tufa.runs, values };
}

function importRow({ nothing, ...values }) {
  return { name: importCase.name, unit: 'CPU ms', runs: importCase.runs, values, nothing };
}

function asJson(rows) {
  const benchmarks = rows.map(({ name, unit, values: { tufa, limit, 'tuf-js': tufJs } }) => ({
    name,
    unit,
    better: 'lower',
    tufa,
    peers: tufJs === undefined ? {} : { 'tuf-js': tufJs },
    ...(limit === undefined ? {} : { limit }),
  }));
  return `${JSON.stringify({ benchmarks }, null, 2)}\n`;
}

const { json, slow, names } = readArguments();
if (!existsSync(new URL('../../dist/', import.meta.url))) {
  process.stderr.write('bench: there is no dist/\nhint: npm run build\n');
  process.exit(2);
}
const loadBefore = loadavg()[0];
const rows = await measureAll(names, slow).catch((error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exit(1);
});
printTable(rows);
linearity(rows);
const conditions = [
  `Node ${process.version}`,
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}`,
  `load average ${loadBefore.toFixed(1)} before, ${loadavg()[0].toFixed(1)} after`,
];
process.stdout.write(`${conditions.join(' · ')}\n`);
if (json !== undefined) writeFileSync(json, asJson(rows));
