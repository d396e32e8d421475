/**
 * A client that lives: it refreshes and finds once, and then refreshes what has not changed. In turn with ten refreshes, the
 * two requests of each are made alone, over `node:http` with its own agent, so that the difference is what the client does
 * beyond them: its checks, its store, its locks. The garbage of a block is in its figure, as is the flush of what is written.
 */
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { Client } from 'tufa';
import { directoryStore } from 'tufa/node';
import { job } from './gauge.mjs';

const perBlock = 10;
const client = new Client({
  root: readFileSync(job.rootFile),
  store: directoryStore(job.store),
  metadataUrl: job.metadataUrl,
});
await client.refresh();
if ((await client.find(job.path)) === undefined) throw new Error(`${job.path} is not found`);

function request(name) {
  return new Promise((resolve, reject) => {
    get(new URL(name, job.metadataUrl), (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks)));
      response.on('error', reject);
    }).on('error', reject);
  });
}

async function bothRequests() {
  await request('2.root.json');
  await request('timestamp.json');
}

async function refreshed() {
  if ((await client.refresh()).changed) throw new Error('the repository has changed');
}

/** CPU milliseconds of one of `count` calls. */
async function cpuOf(call, count) {
  const before = process.cpuUsage();
  for (let index = 0; index < count; index++) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / count;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

const first = (await cpuOf(refreshed, 1)) - (await cpuOf(bothRequests, 1));
const blocks = [];
for (let done = 0; done < job.refreshes; done += perBlock) {
  const refresh = await cpuOf(refreshed, perBlock);
  const requests = await cpuOf(bothRequests, perBlock);
  blocks.push({ refresh, requests, beyond: refresh - requests });
}
const [refresh, requests, beyond] = ['refresh', 'requests', 'beyond'].map((each) =>
  median(blocks.map((block) => block[each])),
);
process.stdout.write(`${JSON.stringify({ beyond, first, refresh, requests })}\n`);
process.exit(0);
