/**
 * `npm run interop`: real peers, both ways. Their clients read the repositories that tufa writes, tufa's clients read
 * theirs; tufa takes theirs over, and their clients go on with what it publishes. Then the newest release of each answers
 * all vectors, as the lists beside its adapter say. Programs in other languages read tufa's own forms. Installs what it needs below `.cache/interop/`, and ends with
 * `N passed, N failed[, N skipped]`.
 *
 * Arguments are the beginnings of names of peers to run alone; `--with-tough` adds the Rust client, which takes minutes to
 * compile. `--vectors` leaves the repositories out, `--repositories` the vectors. `--minutes=N` is the time after which nothing new is begun with the
 * repositories, 20 without it. `--update` runs the vectors with every peer, and then writes what they fail: `*.xfails` and
 * docs/audit/ecosystem.md; with `--from-reports` it writes that from the reports of the last runs in place of a run.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tufaCommand, tufaConformanceClient, tufaLibrary } from './clients.mjs';
import { checkConformance } from './conformance.mjs';
import { differencesOf } from './differences.mjs';
import { exercise } from './exercise.mjs';
import { Lacking } from './install.mjs';
import { peers } from './peers.mjs';
import { plans } from './plan.mjs';
import { runStep } from './program.mjs';
import { runSecondReaders } from './second-readers.mjs';
import { Slots } from './slots.mjs';
import { takenOver, takeOver } from './take-over.mjs';
import { seconds, Tally } from './tally.mjs';
import { runVectors } from './vectors.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const written = join(root, '.cache/interop/written');
const words = process.argv.slice(2);
const names = words.filter((word) => !word.startsWith('--'));
const tally = new Tally((line) => process.stdout.write(`${line}\n`));
const start = performance.now();
/** Every client and every server waits for another process most of the time. */
const slots = new Slots(availableParallelism() + 1);
/** The time after which nothing new is begun. */
const minutesMax = Number(words.find((word) => word.startsWith('--minutes='))?.slice('--minutes='.length) ?? 20);
/** The time after which a run of the vectors is given up: that of the whole program, or of each peer where that matters less. */
const secondsMax = 2700;
/** What the commands read: every way in which a repository is laid out. */
const forCommands = ['plain', 'not-consistent', 'delegations', 'succinct-bins', 'rotation', 'unknown-fields'];

/** Whether what the peers fail is written down. */
const isUpdate = words.includes('--update');
const chosen = peers.filter(({ name, optional }) => {
  if (names.length > 0) return names.some((beginning) => name.startsWith(beginning));
  return optional === undefined || words.includes(optional) || isUpdate;
});

if (existsSync(join(root, 'dist/cli/main.js'))) await runAll();
else tally.group('dist is there', { passed: 0, problems: ['build it first: npm run build'] }, 0);
tally.say(`${seconds(performance.now() - start)} in all`);
process.exitCode = tally.close();

async function runAll() {
  if (!isUpdate && names.length === 0) await runSecondReaders(tally);
  if (!isUpdate && !words.includes('--vectors')) await runRepositories();
  if (words.includes('--repositories')) return;
  const isKept = isUpdate && words.includes('--from-reports');
  const secondsLeft = () => Math.max(1, secondsMax - (isUpdate ? 0 : (performance.now() - start) / 1000));
  await runVectors(chosen, { isUpdate, isKept, isWhole: names.length === 0, secondsLeft, tally });
}

async function runRepositories() {
  rmSync(written, { recursive: true, force: true });
  const ours = {
    library: writeOurs('library', 'write-tufa.mjs'),
    command: writeOurs('command', 'write-tufa-command.mjs'),
  };
  const runs = chosen.map(async (peer) => {
    try {
      await runPeer(peer, ours);
    } catch (error) {
      tally.group(peer.name, { passed: 0, problems: [error.stack] }, performance.now() - start);
    }
  });
  await Promise.all(runs);
}

/** The repositories that tufa writes; nothing where it cannot, which has been said then. */
async function writeOurs(writer, program) {
  const argv = (folder) => [process.execPath, fileURLToPath(new URL(program, import.meta.url)), folder];
  const repositories = await writeRepositories(`tufa (${writer})`, { argv }, join(written, writer));
  for (const repository of repositories) await checkOurs(writer, repository);
  return repositories;
}

/** The auditor finds no error in what tufa writes. */
async function checkOurs(writer, { plan, folder }) {
  const begin = performance.now();
  const command = [process.execPath, join(root, 'dist/cli/main.js'), 'check'];
  const problems = [];
  for (const number of plan.releases.keys()) {
    const argv = [...command, join(folder, String(number + 1)), '--root', join(folder, 'root.json')];
    await runStep(argv, { seconds: 120 }).catch(({ message }) => problems.push(message));
  }
  const passed = plan.releases.length - problems.length;
  tally.group(`tufa check of ${plan.name} of tufa (${writer})`, { passed, problems }, performance.now() - begin);
}

async function writeRepositories(title, { argv, env }, folder) {
  const begin = performance.now();
  mkdirSync(folder, { recursive: true });
  try {
    await runStep(argv(folder), { env, seconds: 600 });
  } catch (error) {
    tally.group(`${title} writes repositories`, { passed: 0, problems: [error.message] }, performance.now() - begin);
    return [];
  }
  const found = plans.filter(({ name }) => existsSync(join(folder, name, 'root.json')));
  tally.group(`${title} writes repositories`, { passed: found.length, problems: [] }, performance.now() - begin);
  return found.map((plan) => ({ plan, folder: join(folder, plan.name) }));
}

async function runPeer({ name, install }, ours) {
  const begin = performance.now();
  let peer;
  try {
    peer = await install();
  } catch (error) {
    if (error instanceof Lacking) tally.skip(name, error.message);
    else tally.group(`${name} is installed`, { passed: 0, problems: [error.stack] }, performance.now() - begin);
    return;
  }
  tally.say(`${name} is there (${seconds(performance.now() - begin)})`);
  if (peer.writer !== undefined) await takeTheirs(name, peer.client, await readTheirs(name, peer.writer));
  if (peer.protocolWriter !== undefined) await runProtocol(name, peer.protocolWriter);
  const writers = Object.keys(ours).filter((writer) => peer.reads?.includes(writer) ?? true);
  await Promise.all(writers.map((writer) => readOurs(peer.client, writer, ours[writer])));
}

async function readOurs(client, writer, done) {
  const reports = (await done).map((repository) => {
    const known = differencesOf(client.name, writer, repository.plan.name);
    return report(client, `tufa (${writer})`, repository, known);
  });
  await Promise.all(reports);
}

/** The library reads all that a peer writes; the commands, which are the same inside, some of what python-tuf writes. */
async function readTheirs(name, writer) {
  const repositories = await writeRepositories(name, writer, join(written, name.replaceAll(' ', '-')));
  const some = name.startsWith('python-tuf') ? repositories.filter(({ plan }) => forCommands.includes(plan.name)) : [];
  await Promise.all([
    ...repositories.map((repository) => report(tufaLibrary(), name, repository, [])),
    ...some.map((repository) => report(tufaCommand(), name, repository, [])),
    ...some.map((repository) => report(tufaConformanceClient(), name, repository, [])),
  ]);
  return repositories;
}

/** The tufa command takes over what a peer wrote, and the peer's own client goes on with that. */
async function takeTheirs(name, client, repositories) {
  const some = repositories.filter(({ plan }) => takenOver.includes(plan.name));
  const taken = some.map((repository) => slots.take(() => takeOne(name, repository)));
  const done = (await Promise.all(taken)).filter((repository) => repository !== undefined);
  await Promise.all(
    [client, tufaLibrary()].flatMap((each) =>
      done.map((repository) => {
        const known = differencesOf(each.name, 'taken over', repository.plan.name);
        return report(each, `${name}, taken over by tufa`, repository, known);
      }),
    ),
  );
}

async function takeOne(name, repository) {
  const begin = performance.now();
  const to = join(written, `taken-over-${name.replaceAll(' ', '-')}`, repository.plan.name);
  const command = [process.execPath, join(root, 'dist/cli/main.js'), '--no-input'];
  const tufa = (args) =>
    runStep([...command, ...args], { env: { TUFA_PASSPHRASE: 'for this test alone' }, seconds: 300 });
  const title = `tufa takes ${repository.plan.name} of ${name} over`;
  try {
    const taken = await takeOver(repository, to, tufa);
    tally.group(title, { passed: 1, problems: [] }, performance.now() - begin);
    return taken;
  } catch (error) {
    tally.group(title, { passed: 0, problems: [error.message] }, performance.now() - begin);
    return undefined;
  }
}

async function runProtocol(name, { argv, env }) {
  const folder = join(written, `protocol-${name.replaceAll(' ', '-')}`);
  await runStep(argv(folder), { env });
  await slots.take(() => checkConformance(join(folder, 'conformance'), tally));
}

async function report(client, writer, repository, known) {
  const title = `${client.name} on ${repository.plan.name} of ${writer}`;
  await slots.take(async () => {
    const begin = performance.now();
    const isLate = begin - start > minutesMax * 60_000;
    const late = { passed: 0, problems: [`no time was left after ${minutesMax} minutes`] };
    const result = isLate ? late : await exercise(client, repository, known);
    tally.group(title, result, performance.now() - begin);
  });
}
