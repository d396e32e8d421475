/**
 * tufa as an application uses it in Node, with its default adapters: `refresh()` and `find()` over a folder, which is
 * empty in a cold run and left by an earlier process in a warm one.
 */
import { readFileSync } from 'node:fs';
import { Client } from 'tufa';
import { directoryStore } from 'tufa/node';
import { job, report, startGauge } from './gauge.mjs';

const stop = startGauge();
const client = new Client({
  root: readFileSync(job.rootFile),
  store: directoryStore(job.store),
  metadataUrl: job.metadataUrl,
  limits: job.limits,
});
await client.refresh();
const found = await client.find(job.path);
report(stop(), `${found.length} ${found.hashes.sha256}`);
process.exit(0);
