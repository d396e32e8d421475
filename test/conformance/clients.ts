/** Small clients that tests write: honest, wrong and hostile ones. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Clients {
  readonly path: string;
  /** A program of Node; gives the command that runs it. */
  node(name: string, source: string): string[];
  /** A script of the shell. */
  shell(name: string, source: string): string[];
  remove(): void;
}

export function newClients(): Clients {
  const path = mkdtempSync(join(tmpdir(), 'tufa-clients-'));
  const write = (name: string, source: string): string => {
    const file = join(path, name);
    writeFileSync(file, source);
    return file;
  };
  return {
    path,
    node: (name, source) => [process.execPath, write(`${name}.mjs`, source)],
    shell: (name, source) => ['/bin/sh', write(`${name}.sh`, source)],
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/**
 * A command line whose last word is a case of the shell. `fetch URL-PATH FILE` is not there: these clients know nothing of
 * HTTP. `$DIR` is the metadata folder, `$TARGETS` the folder of targets.
 */
export function shellClient(cases: Readonly<Record<string, string>>): string {
  return [
    'for word in "$@"; do',
    '  case "$last" in --metadata-dir) DIR=$word;; --target-dir) TARGETS=$word;; init) ROOT=$word;; esac',
    '  last=$word',
    'done',
    'if [ -n "$ROOT" ]; then last=init; fi',
    'case "$last" in',
    ...Object.entries({ init: 'cp "$ROOT" "$DIR/root.json"', ...cases }).map(
      ([name, script]) => `${name}) ${script};;`,
    ),
    '*) exit 1;;',
    'esac',
  ].join('\n');
}

/** A client of the line protocol: `answer` is the body of a function of `request` that gives the members of its answer. */
export function lineClient(calls: readonly string[], answer: string, more = ''): string {
  const hello = { protocol: 'tufa-vectors/1', client: 'test 1', calls, forms: ['olpc'], profiles: ['default'] };
  return `
    import { createInterface } from 'node:readline';
    const say = (line) => process.stdout.write(line + '\\n');
    ${more}
    const answer = (request) => { ${answer} };
    say(${JSON.stringify(JSON.stringify(hello))});
    for await (const line of createInterface({ input: process.stdin })) {
      const request = JSON.parse(line);
      const found = answer(request);
      if (found !== undefined) say(JSON.stringify({ id: request.id, ...found }));
    }
  `;
}
