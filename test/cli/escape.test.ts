import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText, jsonText } from '../../src/cli/escape.ts';
import { failureOf } from '../../src/cli/failure.ts';
import { Voice } from '../../src/cli/voice.ts';
import { TufError } from '../../src/errors.ts';

const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u2028\u2029]/u;
const anything = fc
  .string({ unit: 'binary' })
  .map((text) => text + (text.length % 3 === 0 ? '\u001b[2J\u202e\u009b\ud800' : ''));

describe('text for people', () => {
  it('[A-71] shows what cannot be seen, and lets no workflow command begin', () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(escapeText(text)).not.toMatch(unseen);
        expect(escapeText(`::${text}`)).not.toMatch(/^\s*::/);
        expect(escapeText(`${text}##[${text}`)).not.toMatch(/##[a-z]*\[/i);
      }),
    );
  });

  it.each([
    ['\u001b[31mred\u001b[0m', '\\u{1b}[31mred\\u{1b}[0m'],
    ['a\rb\nc', 'a\\u{d}b\\u{a}c'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['::set-output name=x::y', '\\::set-output name=x::y'],
    ['  ::add-mask::x', '  \\::add-mask::x'],
    ['##[command]rm', '#\\#[command]rm'],
    ['role ##[add-mask]x', 'role #\\#[add-mask]x'],
    ['role ##vso[task.setvariable variable=a]b', 'role #\\#vso[task.setvariable variable=a]b'],
    ['###VSO[a]##teamcity[b]', '##\\#VSO[a]#\\#teamcity[b]'],
    ['# of ##, a[0]', '# of ##, a[0]'],
    ['Grüße 日本 😀', 'Grüße 日本 😀'],
  ])('[A-71] writes %j as %j', (text, expected) => {
    expect(escapeText(text)).toBe(expected);
  });
});

describe('text for programs', () => {
  it('[A-71][T37] is JSON that says the same, without what cannot be seen', () => {
    fc.assert(
      fc.property(fc.dictionary(anything, fc.oneof(anything, fc.array(anything))), (document) => {
        const text = jsonText(document);
        expect(text.replaceAll('\n', '')).not.toMatch(unseen);
        expect(text).not.toMatch(/^\s*::/m);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(document)));
      }),
    );
  });
});

it.each(['##[add-mask]x', 'a ##vso[task.setvariable variable=a]b', '##teamcity[x]', '##Vso[x]###[y]'])(
  '[A-71] %j is JSON in which no workflow command begins',
  (command) => {
    const text = jsonText({ [command]: command });
    expect(text).not.toMatch(/##[a-z]*\[/i);
    expect(JSON.parse(text)).toEqual({ [command]: command });
  },
);

describe('a failure', () => {
  const spoken = (error: unknown, json: boolean) => {
    let stdout = '';
    let stderr = '';
    const voice = new Voice(
      { write: (text) => (stdout += text) },
      { write: (text) => (stderr += text) },
      { json, quiet: true },
    );
    return { exitCode: voice.fail(error), stdout, stderr };
  };

  it('[A-71] is told in escaped lines, the first of them saying what went wrong', () => {
    const cause = new TypeError('\u001b[2Jinner');
    const error = new TufError(
      'ERR_TUF_TRANSPORT',
      '::error::role \u001b[31m',
      { url: 'http://x/\u202e' },
      { cause, hint: 'try\nagain' },
    );
    const { exitCode, stdout, stderr } = spoken(error, true);
    expect(exitCode).toBe(3);
    expect(stderr).toBe(
      'tufa: \\::error::role \\u{1b}[31m\ntufa: because: \\u{1b}[2Jinner\ntufa: hint: try\\u{a}again\n',
    );
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'ERR_TUF_TRANSPORT',
        message: '::error::role \u001b[31m',
        hint: 'try\nagain',
        url: 'http://x/\u202e',
      },
    });
    expect(stdout).not.toContain('\u202e');
  });

  it('has the exit code of its family', () => {
    const codes = {
      ERR_TUF_MALFORMED: 1,
      ERR_TUF_ROLLBACK: 1,
      ERR_TUF_TRANSPORT: 3,
      ERR_TUF_NOT_FOUND: 3,
      ERR_TUF_STORE: 3,
      ERR_TUF_SIGNER: 3,
      ERR_TUF_CONFLICT: 4,
      ERR_TUF_REPOSITORY_REFUSED: 4,
      ERR_TUF_REPOSITORY_UNSIGNED: 4,
    } as const;
    for (const [code, exitCode] of Object.entries(codes)) {
      expect(failureOf(new TufError(code as 'ERR_TUF_NOT_FOUND', 'x', { path: 'x' })).exitCode, code).toBe(exitCode);
    }
    expect(failureOf(new RangeError('a defect'))).toMatchObject({
      exitCode: 4,
      document: { error: { code: 'ERR_TUF_INTERNAL' } },
    });
  });
});
