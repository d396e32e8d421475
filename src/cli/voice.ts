/**
 * How the commands speak.
 *
 * - What was asked for goes to stdout and nothing else does, so that it can be piped. With `--json` it is one document.
 * - Everything for people goes to stderr, one thought a line, each beginning with `tufa: `: no capital at its start, no
 *   full stop at its end. What went wrong comes first, then `tufa: hint:` with what to do about it.
 * - Names are quoted as they are, times are UTC, numbers have no decoration. Nothing blinks, nothing is coloured, so
 *   `NO_COLOR` has nothing to switch off.
 * - Progress is shown on a terminal only, and is gone when it is done.
 * - Nothing that others chose reaches stdout or stderr unescaped.
 *
 * @module
 */
import { escapeText, jsonText } from './escape.ts';
import { failureOf } from './failure.ts';

/** Where text goes, and whether a person sees it. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

export interface VoiceOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

export class Voice {
  readonly #stdout: Output;
  readonly #stderr: Output;
  readonly #options: VoiceOptions;
  #progress = 0;

  constructor(stdout: Output, stderr: Output, options: VoiceOptions) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#options = options;
  }

  get json(): boolean {
    return this.#options.json;
  }

  /** The result: the document with `--json`, else its lines. */
  result(document: unknown, lines: readonly string[] = []): void {
    this.#endProgress();
    if (this.#options.json) this.#stdout.write(jsonText(document));
    else for (const line of lines) this.#stdout.write(`${escapeText(line)}\n`);
  }

  /** A result in a format of its own, in which all foreign text is escaped already. */
  text(text: string): void {
    this.#endProgress();
    this.#stdout.write(text);
  }

  /** One line of a result that comes bit by bit; with `--json` too, where each line is a document of its own. */
  line(document: unknown, line: string): void {
    this.#endProgress();
    const text = this.#options.json ? jsonText(document).replace(/\n */g, ' ').trim() : escapeText(line);
    this.#stdout.write(`${text}\n`);
  }

  /** For people: what was done. Silent with `--quiet`. */
  say(text: string): void {
    if (!this.#options.quiet) this.#stderrLine(text);
  }

  /** For people: what they should know. Silent with `--quiet`. */
  warn(text: string): void {
    this.say(`warning: ${text}`);
  }

  /** What went wrong in a command that goes on. Never silent. */
  complain(error: unknown): void {
    for (const line of failureOf(error).lines) this.#stderrLine(line);
  }

  /** What went wrong. Never silent. Gives the exit code. */
  fail(error: unknown): number {
    this.#endProgress();
    const { exitCode, document, lines } = failureOf(error);
    if (this.#options.json) this.#stdout.write(jsonText(document));
    for (const line of lines) this.#stderrLine(line);
    return exitCode;
  }

  /** What is going on, on a terminal, in place. */
  progress(text: string): void {
    if (this.#options.quiet || this.#options.json || this.#stderr.isTTY !== true) return;
    const line = `tufa: ${escapeText(text)}`;
    this.#stderr.write(`\r${line.padEnd(this.#progress)}`);
    this.#progress = line.length;
  }

  #endProgress(): void {
    if (this.#progress > 0) this.#stderr.write(`\r${' '.repeat(this.#progress)}\r`);
    this.#progress = 0;
  }

  #stderrLine(text: string): void {
    this.#endProgress();
    this.#stderr.write(`tufa: ${escapeText(text)}\n`);
  }
}
