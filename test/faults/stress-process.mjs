/**
 * A process that uses a store which others use, too, as an application does with the built package.
 *
 * `node stress-process.mjs '{"origin": URL, "user": N, "folder": DIR}'`: in the folder are the store, the downloads of
 * all users, and the parts of those that were interrupted.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, retrying } from 'tufa';
import { directoryStore, downloadToFile, httpTransport } from 'tufa/node';
import { useStore } from './stress-user.mjs';

const { origin, user, folder } = JSON.parse(process.argv[2]);
await useStore({
  origin,
  user,
  Client,
  openStore: () => directoryStore(join(folder, 'store')),
  transportOf: (idleTimeoutMs) =>
    retrying(httpTransport({ idleTimeoutMs, bytesPerSecondMin: 0 }), { attemptsMax: 2, backoffMs: 50 }),
  async save(client, target) {
    // Each has files of its own names, since another's newer one may be there before this one looks at its own.
    const path = join(folder, 'downloads', `${user} ${target.path.replaceAll('/', ' ')}`);
    await downloadToFile(client, target, path, { parts: join(folder, 'parts') });
    return readFileSync(path);
  },
});
