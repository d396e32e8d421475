/** tufa's library as a client under test, used as an application uses it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'tufa';
import { directoryStore, downloadToFile } from 'tufa/node';
import { clientArguments } from './client-arguments.mjs';

const given = clientArguments();

const client = new Client({
  root: readFileSync(join(given.metadataDir, 'pinned-root')),
  store: directoryStore(join(given.metadataDir, 'store')),
  metadataUrl: given.metadataUrl,
  targetsUrl: given.targetBaseUrl,
});
client.on('refused', ({ error }) => process.stderr.write(`${error.code} ${error.message}\n`));
await client.refresh();
for (const path of given.targetNames) {
  const target = await client.find(path);
  if (target === undefined) process.exit(1);
  await downloadToFile(client, target, join(given.targetDir, encodeURIComponent(path)));
}
