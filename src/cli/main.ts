/** The executable `tufa`. */
import { Aborted } from './failure.ts';
import { runTufa } from './program.ts';

const aborter = new AbortController();
process.once('SIGINT', () => aborter.abort(new Aborted()));
// A reader that went away, such as `head`, has what it wanted; the command goes on, and its exit code tells.
process.stdout.on('error', () => {});

process.exitCode = await runTufa(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  now: () => new Date(),
  signal: aborter.signal,
});
