/**
 * The protocol of clients under test, on a repository that python-tuf writes: exit codes, the order of the requests, what
 * is kept byte for byte, and what a failure leaves behind. Also under another clock, where libfaketime is to be had.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installFaketime, Lacking } from './install.mjs';
import { runProgram } from './program.mjs';
import { serveProtocol } from './protocol-server.mjs';
import { ProtocolTrial } from './protocol-trial.mjs';

/** @param {string} repository the folder of a repository of conformance-plans.json */
export async function checkConformance(repository, tally) {
  const begin = performance.now();
  const result = { passed: 0, problems: [] };
  const run = async (title, check, env) => {
    const trial = new ProtocolTrial(repository, await serveProtocol(), env);
    try {
      await check(trial);
      result.passed += 1;
    } catch (error) {
      result.problems.push(`${title}: ${error.message}`);
    } finally {
      await trial.close();
    }
  };
  for (const [title, check] of Object.entries(checks)) await run(title, check);
  let preload;
  try {
    preload = await installFaketime();
  } catch (error) {
    if (error instanceof Lacking) tally.skip('the conformance client under another clock', error.message);
    else result.problems.push(error.stack);
  }
  if (preload !== undefined) {
    for (const [title, [seconds, check]] of Object.entries(clockChecks)) {
      await run(title, check, { LD_PRELOAD: preload, FAKETIME: `${seconds > 0 ? '+' : ''}${seconds}` });
    }
  }
  tally.group('the conformance client by its protocol', result, performance.now() - begin);
}

const firstRefresh = ['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json'].map(inMetadata);
const nothingNew = ['2.root.json', 'timestamp.json'].map(inMetadata);
const secondRelease = ['2.root.json', '3.root.json', 'timestamp.json', '2.snapshot.json'].map(inMetadata);
const topLevel = ['root.json', 'snapshot.json', 'targets.json', 'timestamp.json'];
const day = 86_400;

const checks = {
  'init asks for nothing and keeps the root as it is': async (trial) => {
    await trial.expect(0, trial.init());
    assert.deepEqual(trial.requests(), []);
    assert.deepEqual(trial.kept('root.json'), trial.served('1.root.json'));
  },

  'refresh asks in order and keeps the bytes that it received': async (trial) => {
    await trial.start();
    await trial.expect(0, trial.refresh());
    assert.deepEqual(trial.requests(), firstRefresh);
    assert.deepEqual(trial.metadataFiles(), topLevel);
    for (const role of ['root', 'snapshot', 'targets']) {
      assert.deepEqual(trial.kept(`${role}.json`), trial.served(`1.${role}.json`));
    }
    assert.deepEqual(trial.kept('timestamp.json'), trial.served('timestamp.json'));
  },

  'a second refresh asks for the next root and the timestamp only': async (trial) => {
    await trial.start();
    await trial.expect(0, trial.refresh());
    trial.requests();
    await trial.expect(0, trial.refresh());
    assert.deepEqual(trial.requests(), nothingNew);
  },

  'a base URL without a slash at its end is the same': async (trial) => {
    await trial.start();
    trial.trimSlashes();
    await trial.expect(0, trial.download('top.txt'));
    assert.equal(trial.requests().length, 5);
  },

  'download visits roles depth first and keeps each in a file of its own': async (trial) => {
    await trial.start();
    await trial.expect(0, trial.download('a/one.txt', 'b/found.txt'));
    const [first, ...others] = trial.requests().slice(firstRefresh.length);
    assert.equal(first, 'metadata/1.%3F.json');
    assert.match(others.shift(), /^targets\/a\/[0-9a-f]+\.one\.txt$/);
    const visited = others.splice(0, 3);
    assert.deepEqual(visited, ['1.%23.json', '1...%2Frole.json', '1.%2Frole.json'].map(inMetadata));
    assert.match(others.shift(), /^targets\/b\/[0-9a-f]+\.found\.txt$/);
    assert.deepEqual(others, []);
    assert.equal(trial.metadataFiles().length, topLevel.length + 4);
    const received = ['%3F', '%23', '..%2Frole', '%2Frole'].map((role) => trial.served(`1.${role}.json`).toString());
    const kept = trial.metadataFiles().map((name) => trial.kept(name).toString());
    for (const text of received) assert.ok(kept.includes(text), 'a delegated role is not kept as it was received');
    assert.deepEqual(trial.targetTexts(), ['one\n', 'found\n']);
  },

  'a target that is there already is not asked for, nor touched': async (trial) => {
    await trial.start();
    await trial.expect(0, trial.download('b/found.txt'));
    trial.requests();
    const before = trial.targetTimes();
    await trial.expect(0, trial.download('b/found.txt'));
    assert.deepEqual(trial.requests(), nothingNew);
    assert.deepEqual(trial.targetTimes(), before);
  },

  'a changed target takes the place of the old one': async (trial) => {
    await trial.start();
    await trial.expect(0, trial.download('b/found.txt'));
    trial.requests();
    trial.show(2);
    await trial.expect(0, trial.download('b/found.txt'));
    assert.deepEqual(trial.requests().slice(0, 5), [...secondRelease, 'metadata/2.%2Frole.json']);
    assert.deepEqual(trial.targetTexts(), ['found, and changed\n']);
    assert.equal(trial.keptVersion('root'), 2);
  },

  'a false target is refused, and the old file stays': async (trial) => {
    await trial.start();
    await trial.expect(0, trial.download('b/found.txt'));
    const [name] = readdirSync(join(trial.repository, '2/targets/b')).filter(
      (each) => !existsSync(join(trial.repository, '1/targets/b', each)),
    );
    const names = readdirSync(join(trial.repository, '2/targets/b'));
    trial.show(2, Object.fromEntries(names.map((each) => [`targets/b/${each}`, flipped])));
    assert.ok(name !== undefined);
    await trial.expect(1, trial.download('b/found.txt'));
    assert.deepEqual(trial.targetTexts(), ['found\n']);
  },

  'a target that is not there ends with 1, and the ones after it are not fetched': async (trial) => {
    await trial.start();
    await trial.expect(1, trial.download('nope.txt', 'top.txt'));
    assert.deepEqual(trial.targetTexts(), []);
  },

  'a root that is not signed asks for nothing': async (trial) => {
    const root = JSON.parse(trial.served('1.root.json'));
    root.signed.version = 7;
    const file = join(trial.room, 'false-root.json');
    writeFileSync(file, JSON.stringify(root));
    await runProgram(trial.init(file));
    await trial.expect(1, trial.refresh());
    assert.deepEqual(trial.requests(), []);
  },

  'a false snapshot is the last thing asked for; the timestamp before it is kept': async (trial) => {
    await trial.start();
    await trial.expect(0, trial.refresh());
    trial.requests();
    trial.show(2, { 'metadata/2.snapshot.json': flipped });
    await trial.expect(1, trial.refresh());
    assert.deepEqual(trial.requests(), secondRelease);
    assert.deepEqual(trial.metadataFiles(), topLevel);
    assert.deepEqual([trial.keptVersion('root'), trial.keptVersion('timestamp')], [2, 2]);
    assert.deepEqual(trial.kept('snapshot.json'), trial.served('1.snapshot.json'));
  },

  'a role without any answer ends with 1': async (trial) => {
    await trial.start();
    trial.remove('1.snapshot.json');
    await trial.expect(1, trial.refresh());
    assert.deepEqual(new Set(trial.requests()), new Set(firstRefresh.slice(0, 3)));
    assert.deepEqual(trial.metadataFiles(), ['root.json', 'timestamp.json']);
  },

  'going back is refused, and nothing that was kept changes': async (trial) => {
    await trial.start();
    trial.show(2);
    await trial.expect(0, trial.refresh());
    const before = topLevel.map((name) => trial.kept(name));
    trial.requests();
    trial.show(1);
    await trial.expect(1, trial.refresh());
    assert.deepEqual(trial.requests(), ['metadata/3.root.json', 'metadata/timestamp.json']);
    assert.deepEqual(
      topLevel.map((name) => trial.kept(name)),
      before,
    );
  },
};

const clockChecks = {
  'before anything expires, the clock does not matter': [
    20 * day,
    async (trial) => {
      await trial.start();
      await trial.expect(0, trial.download('b/found.txt'));
      assert.deepEqual(trial.targetTexts(), ['found\n']);
    },
  ],
  'a clock in the past is believed': [
    -600 * day,
    async (trial) => {
      await trial.start();
      await trial.expect(0, trial.refresh());
      assert.deepEqual(trial.requests(), firstRefresh);
    },
  ],
  'a new root that has expired is kept, and nothing else is asked for': [
    31 * day,
    async (trial) => {
      await trial.start();
      trial.show(2);
      await trial.expect(1, trial.refresh());
      assert.deepEqual(trial.requests(), ['2.root.json', '3.root.json'].map(inMetadata));
      assert.deepEqual(trial.metadataFiles(), ['root.json']);
      assert.equal(trial.keptVersion('root'), 2);
    },
  ],
};

function inMetadata(name) {
  return `metadata/${name}`;
}

function flipped(body) {
  const changed = Buffer.from(body);
  changed[changed.length >> 1] ^= 1;
  return changed;
}
