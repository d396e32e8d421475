import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { buildCommand, newFolder, newShell, newVerdicts } from '../cli/harness.ts';
import { clientOf, readAll } from '../repository/fixture.ts';
import { at } from '../tools/project.mjs';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly 'working-directory'?: string;
}

interface Job {
  readonly if?: string;
  readonly uses?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly env?: unknown;
  readonly secrets?: unknown;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, { readonly branches?: readonly string[] } | null>>;
  readonly permissions: object;
  readonly env?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const page = readFileSync(at('docs/operate/github-actions.md'), 'utf8');
const texts = new Map(
  [...page.matchAll(/^```yaml\n# \.github\/workflows\/(\w+)\.yml\n(.*?)^```$/gms)].map(([, name = '', text = '']) => [
    name,
    text,
  ]),
);
const workflows = new Map([...texts].map(([name, text]) => [name, parse(text) as Workflow]));
const jobs = [...workflows].flatMap(([file, workflow]) =>
  Object.entries(workflow.jobs).map(([name, job]): [string, Workflow, Job] => [`${file}/${name}`, workflow, job]),
);

/** A secret of the operator; the token of a run is none, its permissions say what it may do. */
const hasSecret = (value: unknown): boolean => /\bsecrets\b/.test(JSON.stringify(value ?? null));
const stepsOf = (job: Job): readonly Step[] => job.steps ?? [];

describe('the workflows of the page', () => {
  it('are those that it speaks of', () => {
    expect([...workflows.keys()].sort()).toEqual(['deploy', 'publish', 'review', 'timestamp']);
    expect(page.match(/^```yaml$/gm)).toHaveLength(workflows.size);
  });

  it.each([...workflows])(
    '%s is started by nothing that gives secrets to strangers, and may do nothing by default',
    (name, workflow) => {
      const allowed: Record<string, readonly string[]> = {
        review: ['pull_request'],
        publish: ['push', 'workflow_dispatch'],
        timestamp: ['schedule', 'workflow_dispatch'],
        deploy: ['workflow_call'],
      };
      expect(Object.keys(workflow.on).sort()).toEqual(allowed[name]);
      expect(workflow.permissions).toEqual({});
      expect(hasSecret(workflow.env)).toBe(false);
      for (const trigger of ['push', 'pull_request']) {
        if (trigger in workflow.on) expect(workflow.on[trigger]?.branches).toEqual(['main']);
      }
    },
  );

  it.each(jobs)('%s has only the permissions that it needs', (name, _workflow, job) => {
    const needed: Record<string, object> = {
      'review/review': { contents: 'read' },
      'publish/publish': { contents: 'write' },
      'timestamp/timestamp': { contents: 'write' },
      'timestamp/watch': { contents: 'read' },
    };
    const deploys = { contents: 'read', pages: 'write', 'id-token': 'write' };
    expect(job.permissions).toEqual(needed[name] ?? deploys);
    expect(job.secrets).toBeUndefined();
    expect(hasSecret(job.env)).toBe(false);
  });

  it.each(jobs)('%s never has code of a pull request next to a secret', (_name, workflow, job) => {
    const isOfPullRequest = 'pull_request' in workflow.on;
    if (isOfPullRequest) {
      expect(hasSecret(job)).toBe(false);
      expect(job.environment).toBeUndefined();
      expect(Object.values(job.permissions ?? {}).every((level) => level === 'read')).toBe(true);
      expect(JSON.stringify(job)).not.toContain('github.token');
    }
    for (const step of stepsOf(job).filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
      expect(step.with?.['persist-credentials']).toBe(false);
      if (!isOfPullRequest) expect(step.with?.['ref']).toBe('main');
    }
    if (!hasSecret(job)) return;
    expect(job.if).toBe("github.ref == 'refs/heads/main'");
    expect(job.environment).toMatch(/^(publish|timestamp)$/);
    for (const step of stepsOf(job).filter(hasSecret)) {
      // In the environment of the one step that signs, in which nothing but the tool runs.
      expect(hasSecret({ ...step, env: undefined })).toBe(false);
      expect(step.run).toMatch(/^npx --no-install tufa \w+ repository --no-input$/);
    }
  });

  it.each(jobs)('%s runs what is pinned, and puts no text of others into a script', (_name, _workflow, job) => {
    if (job.uses !== undefined) expect(job.uses).toBe('./.github/workflows/deploy.yml');
    for (const { uses, run } of stepsOf(job)) {
      if (uses !== undefined) {
        expect(uses).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
        // The version that a person reads.
        for (const text of texts.values()) {
          for (const line of text.split('\n').filter((each) => each.includes(uses)))
            expect(line).toMatch(/ # v\d+\.\d+\.\d+$/);
        }
      }
      expect(run ?? '').not.toContain('${{');
      expect(run ?? '').not.toMatch(/npm (install|i)\b|npx (?!--no-install)|curl|wget/);
      if (/npm ci/.test(run ?? '')) expect(run).toBe('npm ci --ignore-scripts');
    }
  });
});

const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

const isHere =
  process.platform !== 'win32' && ['git', 'bash'].every((name) => spawnSync(name, ['--version']).error === undefined);
if (!isHere) process.stderr.write('skipped: the scripts of the workflows need git and bash\n');

describe.skipIf(!isHere)('the scripts of the workflows', () => {
  const base = newFolder();
  const tufa = newShell();
  const { ok } = newVerdicts(tufa);
  const origin = join(base.path, 'origin.git');
  const work = join(base.path, 'work');
  const dir = join(work, 'repository');
  const away = join(base.path, 'targets.pem');
  const secrets: Record<string, string> = { TUFA_PASSPHRASE: 'of the test' };
  let main: string;
  let count = 0;

  beforeAll(async () => {
    mkdirSync(join(base.path, 'dist/cli'), { recursive: true });
    main = await buildCommand('main', join(base.path, 'dist/cli'));
    mkdirSync(join(base.path, 'bin'));
    const npx = `#!/bin/sh\nshift 2\nexec ${process.execPath} ${main} "$@"\n`;
    writeFileSync(join(base.path, 'bin/npx'), npx, { mode: 0o755 });
    writeFileSync(join(base.path, 'bin/npm'), '#!/bin/sh\ntest "$*" = "ci --ignore-scripts"\n', { mode: 0o755 });
    for (const role of ['timestamp', 'snapshot']) {
      const path = join(base.path, `${role}.pem`);
      await ok(['key', 'create', `file:${path}`]);
      secrets[`TUFA_${role.toUpperCase()}_KEY`] = readFileSync(path, 'utf8');
    }
    git(base.path, 'init', '--quiet', '--bare', '--initial-branch=main', origin);
    git(base.path, 'clone', '--quiet', origin, work);
    git(work, 'switch', '--quiet', '-c', 'main');
    const keys = ['--key', 'timestamp=env:TUFA_TIMESTAMP_KEY', '--key', 'snapshot=env:TUFA_SNAPSHOT_KEY'];
    await ok(['init', dir, ...keys, '--expires', 'timestamp=3d'], { env: secrets });
    renameSync(join(dir, 'keys/targets-1.pem'), away);
    writeFileSync(join(work, '.gitignore'), 'repository/keys/\nrepository/drafts/.lock\nnode_modules/\n');
    commit('the first');
    git(work, 'push', '--quiet', 'origin', 'main');
  });
  afterAll(() => base.remove());

  function commit(message: string): void {
    git(work, 'add', '.');
    git(work, 'commit', '--quiet', '-m', message);
  }

  /** A branch with a commit, and the merge of it that GitHub checks out for a pull request. */
  async function propose(change: () => Promise<unknown>): Promise<string> {
    git(work, 'switch', '--quiet', 'main');
    git(work, 'pull', '--quiet', 'origin', 'main');
    const branch = `event-${++count}`;
    git(work, 'switch', '--quiet', '-c', branch);
    await change();
    commit(branch);
    git(work, 'switch', '--quiet', '--detach', 'main');
    git(work, 'merge', '--quiet', '--no-ff', '-m', 'merge', branch);
    git(work, 'push', '--quiet', 'origin', `HEAD:refs/pull/${branch}`);
    return `refs/pull/${branch}`;
  }

  interface JobRan {
    readonly exitCode: number;
    readonly said: string;
    readonly summary: string;
  }

  /** What a runner does with a job; the pull request is the ref that a checkout without one means. */
  function run(file: string, name: string, pullRequest?: string): JobRan {
    const folder = join(base.path, `runner-${++count}`);
    mkdirSync(folder);
    const summary = join(base.path, `summary-${count}`);
    writeFileSync(summary, '');
    let said = '';
    const result = (exitCode: number): JobRan => ({ exitCode, said, summary: readFileSync(summary, 'utf8') });
    for (const step of stepsOf(workflows.get(file)?.jobs[name] as Job)) {
      if (step.uses?.startsWith('actions/checkout@')) {
        const to = join(folder, String(step.with?.['path'] ?? '.'));
        git(base.path, 'clone', '--quiet', '--no-checkout', origin, to);
        git(to, 'fetch', '--quiet', 'origin', step.with?.['ref'] === 'main' ? 'main' : (pullRequest as string));
        git(to, 'switch', '--quiet', '--detach', 'FETCH_HEAD');
      }
      if (step.run === undefined) continue;
      const env: Record<string, string> = {
        PATH: `${join(base.path, 'bin')}:${process.env['PATH']}`,
        HOME: base.path,
        GITHUB_STEP_SUMMARY: summary,
      };
      for (const [key, value] of Object.entries(step.env ?? {})) {
        const secret = /^\$\{\{ secrets\.(\w+) \}\}$/.exec(value)?.[1];
        env[key] = secret === undefined ? 'token' : (secrets[secret] as string);
      }
      const cwd = join(folder, step['working-directory'] ?? '.');
      const ran = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', step.run], { cwd, env, encoding: 'utf8' });
      said += `${ran.stdout}${ran.stderr}`;
      if (ran.status !== 0) return result(ran.status ?? -1);
    }
    return result(0);
  }

  const published = (name: string): string => git(origin, 'show', `main:repository/${name}`);
  const versionOf = (role: string): number => JSON.parse(published('published.json'))[role];

  /** What Pages would serve, read by a client that was shipped with the first root. */
  async function expectClientReads(paths: readonly string[]): Promise<void> {
    const folder = join(base.path, `site-${++count}`);
    git(base.path, 'clone', '--quiet', '--branch', 'main', origin, folder);
    const served = folderRepository(join(folder, 'repository/public'));
    const root = readFileSync(join(folder, 'repository/public/metadata/1.root.json'));
    await readAll(clientOf(served, root, memoryStore(), new Date()), paths);
  }

  const stage = (name: string) => ok(['add', dir, base.write(name, name)]);

  it('show a signing event, publish it when it is merged, and renew what ends', async () => {
    const before = git(origin, 'rev-parse', 'main');
    const event = await propose(async () => {
      await stage('a.txt');
      await ok(['sign', dir, '--key', `file:${away}`]);
    });
    const review = run('review', 'review', event);
    expect(review.exitCode, review.said).toBe(0);
    expect(review.summary).toMatch(/^ {4}.*target added: a\.txt/m);
    // Nothing in it is markup.
    expect(review.summary.split('\n').filter((line) => line !== '' && !line.startsWith('    '))).toEqual([]);
    expect(git(origin, 'rev-parse', 'main')).toBe(before);

    git(work, 'push', '--quiet', 'origin', 'HEAD:main');
    const publish = run('publish', 'publish');
    expect(publish.exitCode, publish.said).toBe(0);
    expect(git(origin, 'ls-tree', '-r', '--name-only', 'main', 'repository')).not.toMatch(/drafts|keys/);
    await expectClientReads(['a.txt']);

    const version = versionOf('timestamp');
    const timestamp = run('timestamp', 'timestamp');
    expect(timestamp.exitCode, timestamp.said).toBe(0);
    expect(versionOf('timestamp')).toBe(version + 1);
    await expectClientReads(['a.txt']);
    expect(run('timestamp', 'watch').exitCode).toBe(0);
    for (const secret of Object.values(secrets)) {
      expect(review.said + publish.said + timestamp.said).not.toContain(secret);
    }
  });

  it('publish nothing that is not signed, and nothing over the work of others', async () => {
    await propose(() => stage('b.txt'));
    git(work, 'push', '--quiet', 'origin', 'HEAD:main');
    const head = git(origin, 'rev-parse', 'main');
    const ran = run('publish', 'publish');
    expect([ran.exitCode, ran.said]).toEqual([4, expect.stringContaining('targets: 0 of 1 signatures')]);
    expect(git(origin, 'rev-parse', 'main')).toBe(head);
    // Somebody pushes between the checkout and the push of a run.
    const hook = join(origin, 'hooks/update');
    mkdirSync(join(origin, 'hooks'), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect(run('timestamp', 'timestamp').exitCode).not.toBe(0);
    rmSync(hook);
    expect(git(origin, 'rev-parse', 'main')).toBe(head);
    await expectClientReads(['a.txt']);
  });

  it('take of a pull request documents and nothing else', async () => {
    const pwned = join(base.path, 'pwned');
    const event = await propose(async () => {
      await stage('c.txt');
      const config = JSON.parse(readFileSync(join(dir, 'tufa.json'), 'utf8'));
      const [keyid] = Object.keys(config.signers);
      config.signers[keyid as string] = `exec:/bin/sh?arg=-c&arg=${encodeURIComponent(`touch ${pwned}`)}`;
      writeFileSync(join(dir, 'tufa.json'), JSON.stringify(config));
      writeFileSync(join(work, 'package.json'), JSON.stringify({ scripts: { preinstall: `touch ${pwned}` } }));
    });
    const review = run('review', 'review', event);
    expect(review.exitCode).toBe(1);
    expect(review.said).toContain('repository/tufa.json');
    expect(review.said).toContain('make two pull requests of it');
    expect(existsSync(pwned)).toBe(false);
  });
});
