/**
 * Pages that show commands, run as they are printed.
 *
 * A block of `console` has lines `NAME$ COMMAND`, each run in the folder of that name; the lines below a command are what it
 * says, in that order, `…` being anything.
 */
import { copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve as resolvePath } from 'node:path';
import { expect } from 'vitest';
import { serveFolder } from '../../src/cli/static-server.ts';
import type { Shell } from '../cli/harness.ts';
import { at } from '../tools/project.mjs';

export interface Step {
  readonly person: string;
  readonly command: string;
  readonly says: readonly string[];
}

/** A page by the headings of its second level: heading to text. */
export function sectionsOf(page: string): Map<string, string> {
  const parts = readFileSync(at(page), 'utf8').split(/^## /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part]));
}

/** What a text shows, in order. */
export function stepsOf(text: string): Step[] {
  const steps: { person: string; command: string; says: string[] }[] = [];
  for (const [, block = ''] of text.matchAll(/^```console\n(.*?)^```$/gms)) {
    let isFirst = true;
    for (const line of block.trimEnd().split('\n')) {
      const [, person, command] = /^(\w+)\$ (.*)$/.exec(line) ?? [];
      if (person !== undefined && command !== undefined) steps.push({ person, command, says: [] });
      else if (isFirst) throw new TypeError(`a block begins with what nobody typed: ${line}`);
      else steps.at(-1)?.says.push(line);
      isFirst = false;
    }
  }
  return steps;
}

/** Folders side by side, one for each person, in which commands are run. */
export class Transcript {
  /** The time at which commands run; the real one without. */
  now: Date | undefined;
  readonly #tufa: Shell;
  readonly #base: string;
  readonly #before = process.cwd();
  readonly #servers: { readonly printed: string; readonly origin: string; close(): Promise<void> }[] = [];

  constructor(tufa: Shell, base: string, people: readonly string[]) {
    this.#tufa = tufa;
    this.#base = base;
    for (const person of people) mkdirSync(join(base, person), { recursive: true });
  }

  /** A path in somebody's folder. */
  path(person: string, name = '.'): string {
    return join(this.#base, person, name);
  }

  /**
   * Runs what a text shows. `values` gives what stands for `$NAME`; `then` hears of each command that has run.
   *
   * A command succeeds, unless its last line of output begins with `exit `: then it ends with that code.
   */
  async run(
    text: string,
    values: (name: string) => string = (name) => expect.fail(`nobody says what $${name} is`),
    then: (step: Step) => void = () => {},
  ): Promise<void> {
    const steps = stepsOf(text);
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) {
      process.chdir(this.path(step.person));
      const says = [...step.says];
      const code = says.at(-1)?.startsWith('exit ') ? Number(says.pop()?.slice('exit '.length)) : 0;
      const said = await this.#type(
        step.command.replace(/\$(\w+)/g, (_, name: string) => values(name)),
        code,
      );
      expectLines(said, says, step.command);
      then(step);
    }
  }

  /** Serves a folder where a page says that it is served; on a port that is free. */
  async serve(folder: string, printedPort: string): Promise<void> {
    const server = await serveFolder(folder, 0);
    this.#servers.push({
      printed: printedPort,
      origin: new URL(server.metadataUrl).origin,
      close: () => server.close(),
    });
  }

  /** A text with the addresses that are served in place of those that are printed. */
  addressed(text: string): string {
    return this.#servers.reduce(
      (changed, { printed, origin }) => changed.replaceAll(`http://127.0.0.1:${printed}/`, `${origin}/`),
      text,
    );
  }

  async close(): Promise<void> {
    process.chdir(this.#before);
    for (const server of this.#servers) await server.close();
  }

  /** What a shell would do with a line; gives what is said. */
  async #type(line: string, exitCode: number): Promise<string> {
    const [typed = '', to] = line.split(' > ');
    const [program = '', ...args] = wordsIn(typed);
    let said = '';
    if (program === 'tufa') said = await this.#run(args, exitCode, line, to);
    else if (program === 'echo') said = `${args.join(' ')}\n`;
    else if (program === 'cat') said = args.map((name) => readFileSync(name, 'utf8')).join('');
    else if (program === 'rm')
      for (const name of args.filter((each) => each !== '-r')) rmSync(name, { recursive: true });
    else if (program === 'mv') renameSync(args[0] as string, args[1] as string);
    else if (program === 'mkdir') for (const name of args) mkdirSync(name);
    else if (program === 'cp') copy(args);
    else expect.fail(`no command of these pages: ${line}`);
    if (to !== undefined && program !== 'tufa') writeFileSync(to, said);
    return said;
  }

  async #run(args: readonly string[], exitCode: number, line: string, to: string | undefined): Promise<string> {
    if (args[0] === 'serve') {
      await this.serve(join(args[1] as string, 'public'), args[args.indexOf('--port') + 1] as string);
      return '';
    }
    if (args[0] === 'ask' && args[1] === 'serve') return this.#answer(args);
    const real = args.map((arg) => this.addressed(arg));
    const ran = await this.#tufa(real, this.now === undefined ? {} : { now: this.now });
    expect(ran.exitCode, `${line}: ${ran.stderr}`).toBe(exitCode);
    if (to !== undefined) writeFileSync(to, ran.stdout);
    return `${ran.stdout}${ran.stderr}`.replace(/^tufa: /gm, '');
  }

  /** Runs an answer server until the end, on a port that is free; gives what it says as if it were the printed one. */
  #answer(args: readonly string[]): Promise<string> {
    const at = args.indexOf('--port') + 1;
    const aborter = new AbortController();
    return new Promise((resolve, reject) => {
      const heard = (text: string): void => {
        const [, origin] = /^answers (http:\/\/[\d.:]+)\/\n$/.exec(text) ?? [];
        if (origin === undefined) return;
        const close = async (): Promise<void> => {
          aborter.abort();
          await ended;
        };
        const printed = args[at] as string;
        this.#servers.push({ printed, origin, close });
        resolve(text.replace(origin, `http://127.0.0.1:${printed}`));
      };
      // It goes on while others work elsewhere.
      const real = args.with(at, '0').with(2, resolvePath(args[2] as string));
      const ended = this.#tufa(real, { heard, signal: aborter.signal });
      ended.then(({ stderr }) => reject(new Error(stderr)), reject);
    });
  }
}

function copy(args: readonly string[]): void {
  const isDeep = args[0] === '-r';
  const names = isDeep ? args.slice(1) : args;
  const to = names.at(-1) as string;
  const isFolder = statSync(to, { throwIfNoEntry: false })?.isDirectory() === true;
  for (const name of names.slice(0, -1)) {
    // As cp does it: into a folder that is there, a folder's content where its name ends with a dot.
    const place = isFolder && !name.endsWith('/.') ? join(to, basename(name)) : to;
    if (isDeep) cpSync(name, place, { recursive: true });
    else copyFileSync(name, place);
  }
}

function wordsIn(line: string): string[] {
  const words = line.match(/(?:'[^']*'|[^\s'])+/g) ?? [];
  return words.map((word) => word.replaceAll("'", ''));
}

function expectLines(said: string, expected: readonly string[], command: string): void {
  const lines = said.split('\n');
  let from = 0;
  for (const line of expected) {
    const escaped = line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*');
    const found = lines.findIndex((each, i) => i >= from && new RegExp(`^${escaped}$`).test(each));
    expect(found, `${command} says no ${JSON.stringify(line)} but:\n${said}`).not.toBe(-1);
    from = found + 1;
  }
}
