/** A client of a directory store as a process of its own: `node child.mjs COMMAND FOLDER NUMBER`. */
import { nodeFiles } from '../../src/node/atomic-write.ts';
import { directoryStore } from '../../src/store/directory.ts';
import { watched } from './faulty-files.ts';

const [command, folder = '', number = '0'] = process.argv.slice(2);
const limit = Number(number);
const text = (value: string) => new TextEncoder().encode(value);
const say = (line: string) => void process.stdout.write(`${line}\n`);

/** Adds one to a counter, as a client replaces a file: by what it read. */
async function increment(store: ReturnType<typeof directoryStore>): Promise<number> {
  return store.exclusive(async () => {
    const before = await store.read('update-state', 100);
    const count = Number(before === undefined ? '0' : new TextDecoder().decode(before)) + 1;
    await store.write('update-state', text(String(count)));
    return count;
  });
}

switch (command) {
  case 'increment': {
    // NUMBER times, or without end for 0; each result on a line.
    const store = directoryStore(folder);
    for (let i = 0; limit === 0 || i < limit; i++) say(String(await increment(store)));
    break;
  }
  case 'hold': {
    // Takes the lock and keeps it until it is told to write on stdin.
    const store = directoryStore(folder, limit === 0 ? {} : { lockStaleMs: limit });
    await store
      .exclusive(async () => {
        say('held');
        await new Promise((resolve) => process.stdin.once('data', resolve));
        await store.write('root.json', text('from the holder'));
      })
      .then(
        () => say('written'),
        (error) => say(`${error.code} ${error.hint}`),
      );
    process.stdin.destroy();
    break;
  }
  case 'die': {
    // Replaces files under the lock, and is killed ahead of the call of that number. A write is cut in two.
    const halves: typeof nodeFiles.write = (fd, all, from) =>
      nodeFiles.write(fd, from === 0 ? all.subarray(0, all.length >> 1) : all, from);
    const files = watched(
      (_call, count) => {
        if (count === limit) process.kill(process.pid, 'SIGKILL');
      },
      { ...nodeFiles, write: halves },
    );
    const store = directoryStore(folder, { files });
    await store.exclusive(async () => {
      await store.write('root.json', text('new root'));
      await store.write('root_history/2.root.json', text('new root'));
      await store.remove('snapshot.json');
      await store.write('timestamp.json', text('new timestamp'));
    });
    say('survived');
    break;
  }
}
