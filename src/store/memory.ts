import type { Store } from '../client/ports.ts';
import { checkName } from './name.ts';
import { Turns } from './turns.ts';

/**
 * A store that forgets everything when the process ends, and with it the versions below which a client must not go back
 * (T32): for tests, and where each update starts from the pinned root on purpose.
 *
 * It copies what it is given and what it gives: the bytes of a file are its own, once, and nobody else can change them.
 *
 * @spec A-70
 */
export function memoryStore(): Store {
  const files = new Map<string, Uint8Array>();
  const turns = new Turns();
  return {
    async read(name, bytesMax) {
      checkName(name);
      const bytes = files.get(name);
      return bytes === undefined || bytes.length > bytesMax ? undefined : new Uint8Array(bytes);
    },
    async write(name, bytes) {
      checkName(name);
      files.set(name, new Uint8Array(bytes));
    },
    async remove(name) {
      checkName(name);
      files.delete(name);
    },
    async clear() {
      files.clear();
    },
    exclusive: (work, signal) => turns.run(work, signal),
  };
}
