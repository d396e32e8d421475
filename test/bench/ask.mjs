/**
 * `npm run bench:ask [-- QUESTIONS]`: what an answer server takes for one question, in CPU microseconds of its own process, over real
 * sockets with 64 connections: the state alone, and with a decision on one target. Uses the built `dist/`.
 */

import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';

const questions = Number(process.argv[2] ?? 20_000);
const goal = 2000;

if (process.argv[2] === '--server') await serve();
else await measure();

/** The server, in a process of its own so that nobody else's work is counted. */
async function serve() {
  const { answerHandler, writeAnswerKeys } = await import('tufa/answer');
  const { generateKey, KeySigner, serveHandler } = await import('tufa/node');
  const { TestRepository } = await import('tufa/testing');
  const signer = new KeySigner(await generateKey('ed25519'));
  const targets = { 'app.tgz': 'release 1', 'tufa/answer-keys.json': writeAnswerKeys([signer.key]) };
  const repository = await TestRepository.create({ seed: 'bench', targets });
  const files = { read: async (path) => repository.published(path) };
  const handler = answerHandler({ files, root: repository.root, signer, now: repository.clock.now });
  const { origin } = await serveHandler(handler);
  const sha256 = createHash('sha256').update(repository.root).digest('hex');
  process.send({ origin, root: { root: 1, sha256 } });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send({ cpuMs: (user + system) / 1000 });
  });
  process.on('disconnect', () => process.exit(0));
}

async function measure() {
  const server = fork(fileURLToPath(import.meta.url), ['--server']);
  const hear = () => new Promise((resolve) => server.once('message', resolve));
  const { origin, root: repository } = await hear();
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const cpuMs = async () => {
    server.send('cpu');
    return (await hear()).cpuMs;
  };
  for (const [name, targets] of Object.entries({ 'the state alone': undefined, 'with one target': ['app.tgz'] })) {
    const round = (count) => askMany(count, () => askOnce(origin, agent, repository, targets));
    await round(2000);
    const before = await cpuMs();
    await round(questions);
    const each = ((await cpuMs()) - before) / questions;
    const perSecond = Math.round(1000 / each);
    const verdict = perSecond >= goal ? 'met' : 'missed';
    process.stdout.write(
      `${name}: ${Math.round(each * 1000)} CPU µs a question, ${perSecond} a second on one core; ${goal}: ${verdict}\n`,
    );
  }
  agent.destroy();
  server.disconnect();
}

async function askMany(count, ask) {
  let left = count;
  const worker = async () => {
    for (; left > 0; ) {
      left -= 1;
      await ask();
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
}

function askOnce(origin, agent, repository, targets) {
  const nonce = randomBytes(32).toString('base64url');
  const body = JSON.stringify({ _type: 'tufa-question', version: 1, nonce, repository, targets });
  const headers = { 'content-type': 'application/vnd.tufa.question.v1+json', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const sent = request(origin, { method: 'POST', agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`));
      response.on('data', () => {}).on('end', resolve);
    });
    sent.on('error', reject).end(body);
  });
}
