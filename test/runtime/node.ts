/** The client of Node. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { Client, memoryStore } from '../../src/index.node.ts';
import { directoryStore } from '../../src/store/directory.ts';
import { httpTransport } from '../../src/transport/http.ts';
import { work } from './worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'tufa-runtime-'));

await work(
  {
    Client,
    crypto: nodeCrypto,
    transport: () => httpTransport({ idleTimeoutMs: 2000 }),
    stores: { memory: () => memoryStore(), directory: (id) => directoryStore(join(folder, id)) },
  },
  process.argv[2] as string,
);
