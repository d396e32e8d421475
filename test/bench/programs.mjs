/** Starts what is measured, each time in a fresh process, and the server beside it. */
import { execFile, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const runFile = promisify(execFile);
const packageFolder = fileURLToPath(new URL('../../', import.meta.url));
const { NODE_OPTIONS: _dropped, ...env } = process.env;

/** What a program prints to stdout. No shell reads the words. */
export async function runMeasured(name, [program, ...args]) {
  try {
    return (await runFile(program, args, { env, cwd: packageFolder })).stdout;
  } catch (cause) {
    throw new Error(`${name} failed: ${/^.*Error.*$/m.exec(cause.stderr)?.[0] ?? cause.message}`, { cause });
  }
}

/** The words that run a Node program of this folder, but for its job. */
export function nodeArgv(file) {
  return [process.execPath, fileHere(file)];
}

function fileHere(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Starts the file server. `take()` gives the paths that were asked for since the last call. */
export async function startServer() {
  const child = fork(fileHere('./server.mjs'));
  const ended = new Promise((_, reject) => {
    child.once('exit', (code) => reject(new Error(`the file server ended with ${code}`)));
  });
  ended.catch(() => {}); // it may end when nobody waits for it any more
  const next = () => Promise.race([ended, new Promise((resolve) => child.once('message', resolve))]);
  const { port } = await next();
  const take = async () => {
    const answer = next();
    child.send('take');
    return (await answer).requests;
  };
  return { origin: `http://127.0.0.1:${port}`, take, stop: () => child.disconnect() };
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
