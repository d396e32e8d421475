import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import {
  isLongLocalName,
  joinUrl,
  localName,
  metadataUrlPath,
  targetUrlPath,
  urlSegment,
} from '../../src/metadata/file-name.ts';
import { text } from './json-texts.ts';

/** The local name as a client makes it: with the digest of a long one. */
function local(name: string, extension: '' | '.json' = '.json'): string {
  const digest = createHash('sha256').update(name).digest('hex');
  return localName(name, extension, isLongLocalName(name) ? digest : undefined);
}

const roleName = fc.oneof(
  text,
  fc.string({ unit: fc.constantFrom('a', 'A', '.', '%', '/', '\\', '2', 'E', 'e', '\u0301', '\u00e9'), maxLength: 6 }),
  fc.string({ unit: 'grapheme', minLength: 60, maxLength: 120 }),
  fc.constantFrom(
    'con',
    'CON',
    'con.x',
    'nul',
    'com1',
    'lpt9',
    'aux.json',
    '..',
    '.',
    'root',
    'Root',
    'ROOT',
    '%sha256-',
  ),
);

/** What a file system may take for one name. */
const foldings = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const;
const folded = (name: string): string => foldings.reduce((each, form) => each.normalize(form), name).toLowerCase();

describe('a local name', () => {
  it('[A-39, A-15, 5.7.3d] is another for every other name, on every file system', () => {
    const names = new Map<string, string>();
    fc.assert(
      fc.property(
        fc.uniqueArray(roleName, { minLength: 2, maxLength: 6 }),
        fc.constantFrom('.json', ''),
        (list, ext) => {
          for (const name of list) {
            const key = folded(local(name, ext as '' | '.json')) + ext;
            expect(names.get(key) ?? name).toBe(name);
            names.set(key, name);
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(names.size).toBeGreaterThan(2000);
  });

  it('[A-39, A-15, 5.7.3d] is one short component of lower-case ASCII, never special', () => {
    fc.assert(
      fc.property(roleName, fc.constantFrom('.json', ''), (name, extension) => {
        const made = local(name, extension as '' | '.json');
        expect(made).toMatch(/^(?:[a-z0-9._%-]|%[0-9A-F]{2})+$/);
        expect(made.length).toBeLessThanOrEqual(255);
        expect(made).not.toMatch(/^\.|\.$|\/|\\/);
        expect(made.split('.')[0]).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)$/i);
        expect(made.endsWith(extension)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['timestamp', 'timestamp.json'],
    ['a/b', 'a%2Fb.json'],
    ['../../x', '%2E.%2F..%2Fx.json'],
    ['/etc/passwd', '%2Fetc%2Fpasswd.json'],
    ['C:\\x', '%43%3A%5Cx.json'],
    ['Root', '%52oot.json'],
    ['a%2fb', 'a%252fb.json'],
    ['nul\0', 'nul%00.json'],
    ['con', '%63on.json'],
    ['falcon', 'falcon.json'],
    ['', '%.json'],
    ['e\u0301', 'e%CC%81.json'],
    ['\u00e9', '%C3%A9.json'],
    ['1.role', '1.role.json'],
  ])('[A-39] of %j is %j', (name, expected) => {
    expect(local(name)).toBe(expected);
  });

  it('[A-15] of a long name is its digest, from the first byte too many on', () => {
    const digest = createHash('sha256').update('a'.repeat(251)).digest('hex');
    expect(local('a'.repeat(250))).toBe(`${'a'.repeat(250)}.json`);
    expect(local('a'.repeat(251))).toBe(`%sha256-${digest}.json`);
    expect(local('a'.repeat(255), '')).toBe('a'.repeat(255));
    expect(local('a'.repeat(256), '')).toMatch(/^%sha256-[0-9a-f]{64}$/);
    expect(() => localName('a'.repeat(251), '.json')).toThrow(TypeError);
    expect(['a', 'a'.repeat(250), 'a'.repeat(251)].map(isLongLocalName)).toEqual([false, false, true]);
  });
});

describe('a URL', () => {
  it('[A-39, A-41] carries any name in one segment and gives it back', () => {
    fc.assert(
      fc.property(roleName, (name) => {
        const segment = urlSegment(name);
        expect(segment).toMatch(/^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
        expect(decodeURIComponent(segment)).toBe(name);
      }),
      { numRuns: 1000 },
    );
    expect(() => urlSegment('\ud800')).toThrow(TypeError);
  });

  it('[3.1.2-b, A-41] of metadata is below the base, with the version in front', () => {
    expect(metadataUrlPath('root', 2)).toBe('2.root.json');
    expect(metadataUrlPath('timestamp')).toBe('timestamp.json');
    expect(metadataUrlPath('a/b ü#?%', 7)).toBe('7.a%2Fb%20%C3%BC%23%3F%25.json');
    const { pathname } = new URL(joinUrl('https://h.example/m', metadataUrlPath('../x')));
    expect(pathname).toBe('/m/..%2Fx.json');
  });

  it('[5.7.3c, A-15, 4.5-b] of a target keeps its directories and puts the digest on the last segment', () => {
    expect(targetUrlPath('dir/file')).toBe('dir/file');
    expect(targetUrlPath('dir/file', 'ab')).toBe('dir/ab.file');
    expect(targetUrlPath('a b/ü?#%.txt', 'ab')).toBe('a%20b/ab.%C3%BC%3F%23%25.txt');
    expect(targetUrlPath('/abs')).toBe('/abs');
    expect(targetUrlPath('a\\b')).toBe('a%5Cb');
    expect(targetUrlPath('a//b/')).toBe('a//b/');
    expect(targetUrlPath('...')).toBe('...');
  });

  it('[A-15] refuses a target that no URL carries safely, and no other', () => {
    fc.assert(
      fc.property(
        fc.oneof(text, fc.string({ unit: fc.constantFrom('.', '/', 'a', '%', '\0'), maxLength: 8 })),
        (path) => {
          const unsafe =
            path === '' || path.includes('\0') || path.split('/').some((each) => each === '.' || each === '..');
          let made: string | undefined;
          try {
            made = targetUrlPath(path, 'ab');
          } catch (error) {
            expect((error as TufError).code).toBe('ERR_TUF_MALFORMED');
          }
          expect(made === undefined).toBe(unsafe);
          if (made === undefined) return;
          // A platform that resolves the URL leaves it where it is: below the base, with every segment it had.
          const base = 'https://h.example/base/';
          const { href, pathname } = new URL(joinUrl(base, made));
          expect(href).toBe(base + made);
          expect(decodeURIComponent(pathname.slice('/base/'.length))).toBe(path.replace(/[^/]*$/, 'ab.$&'));
        },
      ),
      { numRuns: 2000 },
    );
    expect(() => targetUrlPath('a\ud800')).toThrow(TufError);
  });

  it.each([
    ['https://h.example/m', 'https://h.example/m/x.json'],
    ['https://h.example/m/', 'https://h.example/m/x.json'],
    ['https://h.example', 'https://h.example/x.json'],
    ['https://h.example/m?token=a/b', 'https://h.example/m/x.json?token=a/b'],
    ['https://h.example/m/?a=1#frag', 'https://h.example/m/x.json?a=1'],
    ['https://h.example/a%2Fb/', 'https://h.example/a%2Fb/x.json'],
    ['/relative/', '/relative/x.json'],
  ])('below the base %s is %s', (base, expected) => {
    expect(joinUrl(base, 'x.json')).toBe(expected);
  });
});
