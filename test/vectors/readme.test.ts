import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../spec-vectors/', import.meta.url));
const readme = readFileSync(`${folder}README.md`, 'utf8');

describe('the example of the README', () => {
  it.skipIf(!hasPython())('runs the vectors as it says (Python 3.11 or later)', async () => {
    const code = /```python\n([^`]+)```/.exec(readme)?.[1] ?? '';
    const said = /ends with `(\d+) failed`/.exec(readme)?.[1];
    const lines = (await python(code)).trim().split('\n');
    expect(lines.at(-1)).toBe(`${said} failed`);
    expect(lines).toContain('canonical-json/number-2-53');
    expect(lines).toContain('canonical-json/duplicate-adjacent');
  });
});

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))'], { stdio: 'ignore' });
    return true;
  } catch {
    // Not there, or too old: the test is skipped.
    return false;
  }
}

function python(code: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('python3', ['-c', code], { cwd: folder, maxBuffer: 1 << 24 }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
}
