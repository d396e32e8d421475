/**
 * A process that refreshes a directory store, as an application does with the built package.
 *
 * `node refresher.mjs '{"root": FILE, "store": DIR, "metadataUrl": URL, "times": N, "killAt": N}'`: `killAt` ends it by SIGKILL
 * at its Nth call that changes the file system. Prints the versions of the last refresh and the number of such calls.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { root, store, metadataUrl, times = 1, killAt = 0 } = JSON.parse(process.argv[2]);
let calls = 0;
for (const name of ['openSync', 'writeSync', 'write', 'fsync', 'closeSync', 'renameSync', 'unlinkSync', 'mkdirSync']) {
  const call = fs[name];
  fs[name] = (...args) => {
    // Opening a file to read it changes nothing.
    if (name !== 'openSync' || (args[1] & fs.constants.O_CREAT) !== 0) {
      calls += 1;
      if (calls === killAt) process.kill(process.pid, 'SIGKILL');
    }
    return call(...args);
  };
}
syncBuiltinESMExports();

const { Client } = await import('tufa');
const { directoryStore } = await import('tufa/node');
const client = new Client({ root: fs.readFileSync(root), store: directoryStore(store), metadataUrl });
const events = [];
for (const type of ['baseline-lost', 're-rooted', 'local-file-ignored', 'fast-forward-recovery']) {
  client.on(type, (event) => events.push(event.type));
}
calls = 0;
let versions;
for (let i = 0; i < times; i += 1) versions = await client.refresh();
process.stdout.write(JSON.stringify({ versions, calls, events }));
