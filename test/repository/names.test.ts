import { describe, expect, it } from 'vitest';
import { metadataName, targetNames } from '../../src/repository/layout.ts';
import {
  checkPathHashPrefix,
  checkPathPattern,
  checkRoleName,
  checkTargetPath,
  roleNameWarnings,
  targetPathWarnings,
} from '../../src/repository/names.ts';

const refused = expect.objectContaining({ code: 'ERR_TUF_REPOSITORY_REFUSED', family: 'operator' });

describe('checkRoleName', () => {
  it.each(['releases', 'a', 'team-1', 'Nightly_2', 'bin-0f', 'a.b', 'x1.root', 'x y', 'répertoire', 'a?b'])(
    'lets %j be',
    (name) => {
      expect(() => checkRoleName(name)).not.toThrow();
    },
  );

  it.each(['', 'root', 'targets', 'snapshot', 'timestamp'])('[A-39] refuses the top-level or empty name %j', (name) => {
    expect(() => checkRoleName(name)).toThrow(refused);
  });

  it.each(['2.root', '1.x', '007.bond'])('[A-40] refuses %j, which reads like a version of another file', (name) => {
    expect(() => checkRoleName(name)).toThrow(refused);
  });

  it.each(['../x', 'a/b', 'a\\b', '.x', '..', 'a\0b', 'a\nb', 'a\u202eb', '\ud800', 'x'.repeat(300), 'é'.repeat(60)])(
    '[PATH-01] refuses %j, which is not one visible file everywhere',
    (name) => {
      expect(() => checkRoleName(name)).toThrow(refused);
    },
  );

  it('warns of names that are files on some systems only', () => {
    expect(roleNameWarnings('releases')).toEqual([]);
    expect(roleNameWarnings('nul')).toHaveLength(1);
    expect(roleNameWarnings('a?b')).toHaveLength(1);
  });
});

describe('checkTargetPath', () => {
  it.each(['a', 'dir/app.tgz', '.hidden', 'héllo', 'a b', 'constructor', '1', 'a#b?c%d'])('lets %j be', (path) => {
    expect(() => checkTargetPath(path)).not.toThrow();
  });

  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    './a',
    'a/../b',
    '../../x',
    'a\\b',
    'a\0',
    'a\nb',
    'C:x',
    'C:\\x',
    '\udc00',
  ])('[A-15] refuses %j, which some client refuses or reads as another path', (path) => {
    expect(() => checkTargetPath(path)).toThrow(refused);
  });

  it('[J26] counts bytes, and the digest that is put before the name', () => {
    expect(() => checkTargetPath(`x/${'é'.repeat(127)}`)).not.toThrow();
    expect(() => checkTargetPath(`x/${'é'.repeat(128)}`)).toThrow(refused);
    expect(() => checkTargetPath('a'.repeat(190), ['0'.repeat(64)])).not.toThrow();
    expect(() => checkTargetPath('a'.repeat(191), ['0'.repeat(64)])).toThrow(refused);
    expect(() => checkTargetPath(`${'a'.repeat(255)}/b`, ['0'.repeat(64)])).not.toThrow();
  });

  it('warns of what deployed clients cannot fetch or misread', () => {
    expect(targetPathWarnings('dir/app-1.2.tgz')).toEqual([]);
    for (const path of [
      'a#b',
      'cafe\u0301',
      'é',
      'dir/CON',
      'x.',
      'constructor',
      '10',
      `${'0'.repeat(64)}.x`,
      'é'.repeat(100),
    ]) {
      expect(targetPathWarnings(path), path).not.toEqual([]);
    }
  });
});

describe('checkPathPattern', () => {
  it.each(['*', 'releases/*', 'a?c/*.tgz', '[ab]/*', 'x'])('lets %j be', (pattern) => {
    expect(() => checkPathPattern('r', pattern)).not.toThrow();
  });

  it.each(['', '/a/*', '**', 'a/**/b', '{a,b}/*', '!a', '#a', 'a\\*', '+(a|b)', 'a\n*'])(
    '[A-47] refuses %j',
    (pattern) => {
      expect(() => checkPathPattern('r', pattern)).toThrow(refused);
    },
  );

  it('[A-49] refuses prefixes that no lower-case SHA-256 has', () => {
    for (const prefix of ['', 'AB', 'xyz', '0'.repeat(65)])
      expect(() => checkPathHashPrefix('r', prefix)).toThrow(refused);
    for (const prefix of ['0', 'ab', '0'.repeat(64)]) expect(() => checkPathHashPrefix('r', prefix)).not.toThrow();
  });
});

describe('the layout', () => {
  it('[6.2.1-a][6.1-b] versions files, and root always', () => {
    expect(metadataName('targets', 3, true)).toBe('3.targets.json');
    expect(metadataName('targets', 3, false)).toBe('targets.json');
    expect(metadataName('root', 3, false)).toBe('3.root.json');
    expect(metadataName('a b', 1, true)).toBe('1.a b.json');
    expect(() => metadataName('../x', 1, true)).toThrow(refused);
    expect(() => metadataName('..', 1, false)).toThrow(refused);
  });

  it('[6.2.1-b] has one name for each digest that clients ask by', () => {
    const hashes = new Map([
      ['sha256', 'AB'.repeat(32)],
      ['md5', 'x'],
      ['sha512', 'cd'.repeat(64)],
    ]);
    expect(targetNames({ path: 'd/f', hashes }, true)).toEqual([`d/${'cd'.repeat(64)}.f`, `d/${'ab'.repeat(32)}.f`]);
    expect(targetNames({ path: 'd/f', hashes }, false)).toEqual(['d/f']);
  });
});
