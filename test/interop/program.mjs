/** Runs other programs, each for a bounded time, and looks for them on the machine. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * @param {readonly string[]} argv the program and its arguments; no shell reads them
 * @param {{ env?: Record<string, string>, cwd?: string, seconds?: number }} [options]
 * @returns {Promise<{ code: number | string, output: string }>} `code` is the exit code, or what ended it: a signal, an
 *   error, too much time. `output` is what it wrote, both streams in one.
 */
export function runProgram([program, ...args], { env = {}, cwd, seconds = 120 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, seconds * 1000);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    const end = (code) => {
      clearTimeout(timer);
      resolve({ code: late ? `stopped after ${seconds} seconds` : code, output });
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code, signal) => end(code ?? String(signal)));
  });
}

/** Runs a step that has to work. Throws with what it wrote where it does not. */
export async function runStep(argv, options) {
  const { code, output } = await runProgram(argv, options);
  if (code === 0) return output;
  throw new Error(`${argv.join(' ')} ended with ${code}\n${output.trimEnd().split('\n').slice(-30).join('\n')}`);
}

/** Whether a program of this name is on the machine. */
export function hasProgram(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false; // not in this folder
    }
  });
}
