/**
 * `npm start [-- FOLDER]`: the whole of tufa on real files, in a few seconds. Makes keys and a repository, publishes,
 * updates, publishes again, updates again, then attacks. Exit 0 only if all of it held.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TufError } from '../errors.ts';
import { shellWord } from './command-line.ts';
import { escapeText } from './escape.ts';
import { failureOf } from './failure.ts';
import { attacks } from './start-attacks.ts';
import { recovery } from './start-recovery.ts';
import { listFiles, openStage, passphrase, type Stage } from './start-stage.ts';

const say = (line = ''): void => {
  process.stdout.write(`${escapeText(line)}\n`);
};

// A reader that goes away, such as `head`, has seen what it wanted; the exit code still tells.
process.stdout.on('error', () => {});

try {
  await start(process.argv[2]);
} catch (error) {
  const { exitCode, lines } = failureOf(error);
  for (const line of lines) process.stderr.write(`tufa: ${escapeText(line)}\n`);
  process.exitCode = exitCode;
}

async function start(folder = fileURLToPath(new URL('../../docs', import.meta.url))): Promise<void> {
  const files = await listFiles(resolve(folder));
  const stage = await openStage('tufa-try', say);
  try {
    await release(stage, folder, files);
    await secondRelease(stage, files);
    say();
    say('ATTACKS: each on the running client, by whoever controls the server and the keys that are named');
    let held = 0;
    for (const attack of attacks) held += (await stage.mount(attack)) ? 1 : 0;
    held += (await recovery(stage)) ? 1 : 0;
    const all = attacks.length + 1;
    say();
    say(held === all ? `all ${all} attacks were refused` : `${all - held} of ${all} attacks were NOT refused`);
    if (held < all) process.exitCode = 1;
    goOn(stage);
  } finally {
    await stage.close();
  }
}

async function release(stage: Stage, folder: string, files: readonly string[]): Promise<void> {
  say(`OPERATOR: a repository of the ${files.length} files in ${folder}`);
  await stage.tufa('init', stage.repository);
  await stage.tufa('add', stage.repository, folder);
  await stage.tufa('publish', stage.repository);
  await stage.noteRelease();
  say();
  say(`CLIENT: knows ${stage.rootFile} and nothing else; asks ${stage.server.metadataUrl}`);
  await stage.update(files);
  for (const path of files) await checkSame(stage, path, join(folder, path));
}

async function secondRelease(stage: Stage, files: readonly string[]): Promise<void> {
  say();
  say('OPERATOR: a second release, with one file changed and one new');
  const changed = await stage.makeSecondRelease(files[0] as string);
  await stage.tufa('add', stage.repository, changed.folder);
  await stage.tufa('publish', stage.repository);
  say();
  say('CLIENT: updates, and fetches what changed');
  const place = (path: string): string => join(changed.folder, path);
  await stage.update(changed.paths);
  for (const path of changed.paths) await checkSame(stage, path, place(path));
}

async function checkSame(stage: Stage, path: string, original: string): Promise<void> {
  const [here, there] = await Promise.all([readFile(await stage.downloaded(path)), readFile(original)]);
  if (here.equals(there)) return;
  throw new TufError('ERR_TUF_HASH_MISMATCH', `${path} is not what was published`, { path });
}

function goOn(stage: Stage): void {
  const [repository, store, rootFile] = [stage.repository, stage.store, stage.rootFile].map(shellWord);
  say();
  say('GO ON: the repository stays on the disk');
  say(`  export TUFA_PASSPHRASE=${passphrase}`);
  say(`  npm run -s tufa -- status ${repository}`);
  say(`  npm run -s tufa -- add ${repository} README.md && npm run -s tufa -- publish ${repository}`);
  say(`  npm run -s tufa -- serve ${repository} --port 8080`);
  say(`  npm run -s tufa -- refresh http://127.0.0.1:8080/metadata --root ${rootFile} --store ${store}`);
}
