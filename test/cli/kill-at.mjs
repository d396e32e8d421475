/**
 * Preloaded into a command (`node --import`): kills its process at the call of the file system that `KILL_AT` numbers,
 * counting those that change the disk, and programs that are started, which may. Without `KILL_AT`, writes their number to stderr at the end.
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const killAt = Number(process.env.KILL_AT ?? 0);
const writing = fs.constants.O_CREAT | fs.constants.O_WRONLY | fs.constants.O_RDWR;
const { writeSync } = fs;
let count = 0;

function step() {
  count += 1;
  if (count !== killAt) return;
  process.kill(process.pid, 'SIGKILL');
  for (;;); // the signal is on its way, and nothing more is to happen
}

function wrap(object, name, isChange = () => true) {
  const original = object[name];
  if (original === undefined) return;
  const wrapped = function (...args) {
    if (isChange(...args)) step();
    return original.apply(this, args);
  };
  // How a function is promisified stands in its own properties.
  object[name] = Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original));
}

const opensToWrite = (_path, flags) =>
  typeof flags === 'number' ? (flags & writing) !== 0 : /[wa+]/.test(flags ?? 'r');

for (const name of ['write', 'rename', 'link', 'unlink', 'mkdir', 'rmdir', 'rm', 'writeFile', 'mkdtemp', 'chmod']) {
  wrap(fs, name);
  wrap(fs, `${name}Sync`);
  wrap(fs.promises, name);
}
for (const [object, name] of [
  [fs, 'open'],
  [fs, 'openSync'],
  [fs.promises, 'open'],
])
  wrap(object, name, opensToWrite);
wrap(childProcess, 'spawn');
syncBuiltinESMExports();

if (killAt === 0) process.on('exit', () => writeSync(2, `changes: ${count}\n`));
