/** A tab that uses a store which others use, too: `#STORE,USER` of its address says which, and as whom. */
import { Client, downloadToBlob, fetchTransport, indexedDbStore, opfsStore, retrying } from 'tufa/browser';
import { useStore } from '../faults/stress-user.mjs';

const stores = { 'indexed-db': indexedDbStore, opfs: opfsStore };
const name = 'stress';
const [kind, user] = location.hash.slice(1).split(',');

/** The names of the files that the store has, and the locks that are held or waited for. */
globalThis.leftIn = async (where) => {
  const { held, pending } = await navigator.locks.query();
  return { names: await (where === 'opfs' ? namesInFolder() : namesInDatabase()), locks: [...held, ...pending] };
};

if (user !== undefined) {
  globalThis.isDone = useStore({
    origin: location.origin,
    user: Number(user),
    Client,
    openStore: () => stores[kind](name),
    transportOf: (idleTimeoutMs) =>
      retrying(fetchTransport({ idleTimeoutMs, bytesPerSecondMin: 0 }), { attemptsMax: 2, backoffMs: 50 }),
    save: async (client, target) => new Uint8Array(await (await downloadToBlob(client, target)).arrayBuffer()),
  }).then(() => 'well', String);
}

async function namesInFolder() {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(name);
  return Array.fromAsync(folder.keys());
}

function namesInDatabase() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const [files] = database.objectStoreNames;
      const asking = database.transaction(files).objectStore(files).getAllKeys();
      asking.onerror = () => reject(asking.error);
      asking.onsuccess = () => {
        database.close();
        resolve(asking.result);
      };
    };
  });
}
