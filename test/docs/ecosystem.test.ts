/** What is told of peers, and what is not. */
import { describe, expect, it } from 'vitest';
import { ecosystemPage, section } from '../interop/ecosystem.mjs';

type Problem = { what: string; where: string; expected: string; found: string };

const forged = problem('result', 'refused (unsigned)', 'accepted');
const more = problem('requests', 'metadata/timestamp.json', 'metadata/timestamp.json, metadata/1.snapshot.json');
const refused = problem('result', 'accepted', 'refused');

function problem(what: string, expected: string, found: string): Problem {
  return { what, where: 'step 2', expected, found };
}

function outcome(id: string, problems: readonly Problem[], attack = 'lock-out', level: 'MUST' | 'decision' = 'MUST') {
  const verdict: 'passed' | 'failed' = problems.length === 0 ? 'passed' : 'failed';
  return { id, family: String(id.split('/')[0]), level, attack, verdict, problems: [...problems] };
}

function peer(...outcomes: ReturnType<typeof outcome>[]) {
  return { name: 'python-tuf 7.0.1', list: '/somewhere/peer-python-tuf.py.xfails', outcomes };
}

describe('The page of other implementations', () => {
  it('counts what differs in its requests alone apart from what else failed', () => {
    const page = ecosystemPage([
      peer(
        outcome('matrix/freeze-none', [more]),
        outcome('matrix/freeze-a', [more, refused]),
        outcome('matrix/freeze-b', []),
      ),
    ]);
    expect(page).toContain('| `matrix` | 3 | 1 / 1 / 1 / 0 |');
    expect(page).toContain('| **all** | 3 | 1 / 1 / 1 / 0 |');
  });

  it('names a cause with the number of its failures, and whatever has none by its id', () => {
    const text = section(
      peer(
        outcome('matrix/freeze-none', [more]),
        outcome('matrix/freeze-a', [more]),
        outcome('update-timestamp/odd', [refused]),
      ),
    );
    expect(text).toMatch(/^- It asks for one more file .* \*\*2 `MUST`\*\*: `matrix` 2$/m);
    expect(text).not.toContain('freeze-none');
    expect(text).toMatch(/Others, `MUST`:\n\n- update-timestamp: `odd`$/);
  });

  it('says no more than the number of what may help an attacker', () => {
    const text = section(
      peer(
        outcome('update-timestamp/forged', [forged], 'arbitrary-software'),
        outcome('update-timestamp/odd', [refused]),
      ),
    );
    expect(text).toContain('2 failed, 0 of them by other requests alone; 1 are [not shown](disclosure.md)');
    expect(text).not.toContain('forged');
    expect(text).not.toContain('`update-timestamp` 2');
  });

  it('puts under no cause what may help an attacker, whatever its name', () => {
    const text = section(peer(outcome('transport/gzip-target', [forged], 'arbitrary-software')));
    expect(text).toContain('; 1 are [not shown]');
    expect(text).not.toContain('transport');
  });
});
