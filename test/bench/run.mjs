/**
 * `npm run bench -- [--json FILE] [--slow] [--without-peers] [NAME…]`: benchmarks side by side with the limit, tuf-js,
 * python-tuf and go-tuf, in one run. `--slow` lets tuf-js run where it takes minutes; `--without-peers` leaves out the two
 * that are installed first, where the machine has what they need. Uses the built `dist/`; prints a table to stdout.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { allNames, downloadCase, importCase, liveCases, memoryCase, peakCase, updateCases } from './cases.mjs';
import { measureDownload, measureImport, measureLive, measureUpdate } from './measure.mjs';
import { installPeers } from './peers.mjs';
import { startServer } from './programs.mjs';
import { linearity, printTable, sameRequests } from './report.mjs';
import { repository } from './repository.mjs';

function readArguments() {
  try {
    const flag = { type: 'boolean', default: false };
    const options = { json: { type: 'string' }, slow: flag, 'without-peers': flag };
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

async function measureAll(names, options) {
  const rows = [];
  const server = await startServer();
  try {
    for (const benchmark of updateCases) rows.push(...(await updateRows(names, benchmark, server, options)));
    for (const benchmark of liveCases.filter(({ name }) => names.includes(name))) {
      rows.push(liveRow(benchmark, await measureLive(benchmark, server)));
      measured(benchmark);
    }
    if (names.includes(peakCase.name)) {
      const results = await measureUpdate(peakCase, server, options);
      rows.push({ ...row(peakCase.name, 'MiB', results, 'peakMiB'), fileMiB: fileMiBOf(peakCase), peak: true });
      measured(peakCase);
    }
    if (names.includes(downloadCase.name)) {
      rows.push(downloadRow(await measureDownload(downloadCase, server)));
      measured(downloadCase);
    }
  } finally {
    server.stop();
  }
  if (names.includes(importCase.name)) rows.push(importRow(await measureImport()));
  return rows;
}

async function allRows() {
  return measureAll(names, { slow, peers: withoutPeers ? [] : await installPeers() });
}

async function updateRows(names, benchmark, server, options) {
  const counts = names.includes(benchmark.name);
  const remembers = names.includes(memoryCase.name) && benchmark.name === memoryCase.of;
  if (!counts && !remembers) return [];
  const results = await measureUpdate(benchmark, server, options);
  sameRequests(benchmark.name, results);
  measured(benchmark);
  const memory = { ...row(memoryCase.name, 'MiB', results, 'memoryMiB'), fileMiB: fileMiBOf(benchmark) };
  return [...(counts ? [row(benchmark.name, 'CPU ms', results, 'cpuMs')] : []), ...(remembers ? [memory] : [])];
}

function measured({ name }) {
  process.stderr.write(`bench: ${name} measured\n`);
}

function fileMiBOf({ repository: { name, shape } }) {
  return repository(name, shape).largestBytes / 2 ** 20;
}

function row(name, unit, measured, quantity) {
  const values = Object.fromEntries(Object.entries(measured).map(([program, result]) => [program, result[quantity]]));
  return { name, unit, runs: measured.tufa.runs, values };
}

function liveRow({ name, processes }, { beyond, ...live }) {
  return { name, unit: 'CPU ms', runs: processes, values: { tufa: beyond }, live };
}

function downloadRow(peaks) {
  return {
    name: downloadCase.name,
    unit: 'MiB',
    runs: downloadCase.runs,
    values: { tufa: Object.values(peaks).at(-1) },
    peaks,
  };
}

function importRow({ nothing, ...values }) {
  return { name: importCase.name, unit: 'CPU ms', runs: importCase.runs, values, nothing };
}

function asJson(rows) {
  const peers = ['tuf-js', 'python-tuf', 'go-tuf'];
  const benchmarks = rows.map(({ name, unit, values, values: { tufa, limit } }) => ({
    name,
    unit,
    better: 'lower',
    tufa,
    peers: Object.fromEntries(peers.filter((peer) => values[peer] !== undefined).map((peer) => [peer, values[peer]])),
    ...(limit === undefined ? {} : { limit }),
  }));
  return `${JSON.stringify({ benchmarks }, null, 2)}\n`;
}

const { json, slow, 'without-peers': withoutPeers, names } = readArguments();
if (!existsSync(new URL('../../dist/', import.meta.url))) {
  process.stderr.write('bench: there is no dist/\nhint: npm run build\n');
  process.exit(2);
}
const loadBefore = loadavg()[0];
const rows = await allRows().catch((error) => {
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
