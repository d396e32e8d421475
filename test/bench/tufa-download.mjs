/** tufa as an application downloads with it in Node: refresh, find, and the target into a file. Says the peak of its memory. */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'tufa';
import { directoryStore, downloadToFile } from 'tufa/node';
import { job, report, startGauge } from './gauge.mjs';

const stop = startGauge();
const client = new Client({
  root: readFileSync(job.rootFile),
  store: directoryStore(join(job.folder, 'store')),
  metadataUrl: job.metadataUrl,
  targetsUrl: job.targetsUrl,
});
const file = join(job.folder, 'target');
await downloadToFile(client, await client.find(job.path), file);
const measured = stop();
const hash = createHash('sha256');
let length = 0;
for await (const chunk of createReadStream(file)) {
  hash.update(chunk);
  length += chunk.length;
}
report(measured, `${length} ${hash.digest('hex')}`);
process.exit(0);
