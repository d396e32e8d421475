/** tuf-js as an application uses it, with the size limits raised that some of the repositories would meet. */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Updater } from 'tuf-js';
import { job, report, startGauge } from './gauge.mjs';

const bytesMax = 64 * 1024 * 1024;
const config = { snapshotMaxLength: bytesMax, targetsMaxLength: bytesMax };

const pinned = join(job.store, 'root.json');
if (!existsSync(pinned)) copyFileSync(job.rootFile, pinned);

const stop = startGauge();
const updater = new Updater({ metadataDir: job.store, metadataBaseUrl: job.metadataUrl.replace(/\/$/, ''), config });
await updater.refresh();
const found = await updater.getTargetInfo(job.path);
report(stop(), `${found.length} ${found.hashes.sha256}`);
process.exit(0);
