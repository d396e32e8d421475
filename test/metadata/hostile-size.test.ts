/** What documents that nobody has signed may cost: each is read by a process of its own, whose heap is small. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const sources = fileURLToPath(new URL('../../src/metadata/', import.meta.url));

const program = `
import { parseTargets } from './targets.ts';
const mebibytes = 16 * 2 ** 20;
const many = '{},'.repeat(Math.floor(mebibytes / 3)) + '{}';
const signed = (more) =>
  '{"_type":"targets","spec_version":"1.0.0","version":1,"expires":"2031-01-01T00:00:00Z","targets":{},' + more + '}';
const bytes = {
  'a bare list': '[' + many + ']',
  'no schema': '{"signed":[' + many + '],"signatures":[]}',
  'another version': '{"signed":{"x":[' + many + '],"_type":"targets","spec_version":"2.0.0"},"signatures":[]}',
  'cut short': '{"signatures":[],"signed":' + signed('"x":[' + many),
  'not in place': '{"signatures":[],"signed":' + signed('"x":[' + many + ']') + '}',
};
const document = new TextEncoder().encode(bytes[process.argv[2]]);
try {
  console.log(parseTargets(document).message().length);
} catch (error) {
  console.log(error.code);
}
`;

describe('a targets file of 16 MiB that nobody has signed', () => {
  let folder: string;
  let bundle: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tufa-hostile-'));
    bundle = join(folder, 'read.mjs');
    await build({
      stdin: { contents: program, resolveDir: sources, loader: 'js' },
      bundle: true,
      format: 'esm',
      outfile: bundle,
      logLevel: 'error',
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ['a bare list', 'ERR_TUF_MALFORMED'],
    ['no schema', 'ERR_TUF_MALFORMED'],
    ['another version', 'ERR_TUF_SPEC_VERSION'],
    ['cut short', 'ERR_TUF_MALFORMED'],
    ['not in place', /^16777\d{3}$/],
  ])('is read within a heap of 256 MB: %s', async (which, expected) => {
    const { stdout } = await run(process.execPath, ['--max-old-space-size=256', bundle, which]);
    expect(stdout.trim()).toMatch(expected);
  });
});
