import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/client/ports.ts';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { type Publication, publish } from '../../src/repository/index.ts';
import { memoryStore } from '../../src/store/memory.ts';
import {
  clientOf,
  firstPublication,
  newRoles,
  nextPublication,
  readAll,
  type TestRoles,
} from '../repository/fixture.ts';
import { branch, files, type GitPlace, git } from './git-place.ts';

const remote = { remote: 'origin' };

/** Every file below a folder but git's own. */
export function filesBelow(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.startsWith(join(folder, '.git/')))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'latin1')]),
  );
}

/** What a host serves of a branch: its files, byte for byte, without any checkout. */
export function served(repository: string): Record<string, string> {
  const names = git(repository, 'ls-tree', '-r', '-z', '--name-only', branch).split('\0').slice(0, -1);
  return Object.fromEntries(names.map((name) => [name, git(repository, 'show', `${branch}:${name}`)]));
}

/** A publication by git that is stopped at some of its commands, or at all, and what everybody finds then. */
export function describePublication(
  place: GitPlace,
  { consistentSnapshot, stride }: { readonly consistentSnapshot: boolean; readonly stride: number },
): void {
  describe(`a publication by git, consistent snapshots ${consistentSnapshot}`, () => {
    const old = { 'a.txt': 'first' };
    const next = { 'a.txt': 'changed', 'c.txt': 'new' };
    let roles: TestRoles;
    let url: string;
    let tree: string;
    let second: Publication;
    let root: Uint8Array;
    const held = new Map<string, Uint8Array>();

    beforeAll(async () => {
      roles = await newRoles();
      url = place.bare();
      tree = await place.tree(url);
      const first = await firstPublication(roles, old, { consistentSnapshot });
      root = first.root;
      await publish(first, place.open(tree, remote));
      const store = memoryStore();
      const write: Store['write'] = (name, content) => {
        held.set(name, content.slice());
        return store.write(name, content);
      };
      await clientOf(place.open(tree), root, { ...store, write }).refresh();
      second = await nextPublication(roles, place.open(tree), root, next);
    });

    /** A copy of the tree with a remote of its own. */
    function copy(): { tree: string; url: string } {
      const made = { tree: place.fresh(), url: `${place.fresh()}.git` };
      cpSync(tree, made.tree, { recursive: true });
      cpSync(url, made.url, { recursive: true });
      git(made.tree, 'remote', 'set-url', 'origin', made.url);
      return made;
    }

    /** Which state clients read from what is hosted: a new one, and one that was there before; both the same. */
    async function stateOf(repository: string): Promise<string> {
      const folder = place.clone(repository);
      const known = memoryStore();
      for (const [name, content] of held) await known.write(name, content);
      const states = new Set<string>();
      for (const store of [memoryStore(), known]) {
        const client = clientOf(folderRepository(folder), root, store);
        await client.refresh();
        const isNew = (await client.find('c.txt')) !== undefined;
        await readAll(client, Object.keys(isNew ? next : old));
        states.add(isNew ? 'new' : 'old');
      }
      rmSync(folder, { recursive: true });
      return [...states].join(' and ');
    }

    /** Publishes with a git of which the `nth` command, and all after it, are not run; or that one is, and nobody hears. */
    async function stopped(at: { tree: string }, nth: number, when: 'before' | 'after'): Promise<boolean> {
      const count = join(place.path, 'count');
      writeFileSync(count, '');
      const run = when === 'after' ? `[ $n -eq ${nth} ] && $GIT "$@" >&2` : ':';
      const env = place.envWith(
        `echo >> ${count}; n=$(wc -l < ${count}); if [ $n -ge ${nth} ]; then ${run}; exit 99; fi; exec $GIT "$@"`,
      );
      await publish(second, place.open(at.tree, { ...remote, env })).catch(() => {});
      return readFileSync(count, 'latin1').length >= nth;
    }

    it.each(['before', 'after'] as const)(
      '[T26] is whole after it ends %s any command, and is finished by repeating it',
      async (when) => {
        const seen = new Set<string>();
        let total = 0;
        for (let nth = when === 'before' ? 2 : 3; ; nth += stride) {
          const at = copy();
          const isStopped = await stopped(at, nth, when);
          const state = await stateOf(at.url);
          seen.add(state);
          expect(['old', 'new'], `${when} ${nth}`).toContain(state);
          await publish(second, place.open(at.tree, remote));
          expect(await stateOf(at.url), `${when} ${nth}`).toBe('new');
          const clone = place.clone(at.url);
          expect(filesBelow(at.tree), `${when} ${nth}`).toEqual(filesBelow(clone));
          rmSync(clone, { recursive: true });
          expect(git(at.tree, 'status', '--porcelain'), `${when} ${nth}`).toBe('');
          rmSync(at.tree, { recursive: true });
          rmSync(at.url, { recursive: true });
          total = nth;
          if (!isStopped) break;
        }
        expect(total).toBeGreaterThan(15);
        expect([...seen].sort()).toEqual(['new', 'old']);
      },
    );

    it('that finds the disk full, or everything read-only, says so and is finished later', async () => {
      const failing = (code: string) => ({
        ...files,
        write: () => Promise.reject(Object.assign(new Error(code), { code })),
      });
      const at = copy();
      for (const [code, hint] of [
        ['ENOSPC', 'space'],
        ['EROFS', 'access'],
      ] as const) {
        await expect(publish(second, place.open(at.tree, { ...remote, files: failing(code) }))).rejects.toMatchObject({
          code: 'ERR_TUF_STORE',
          hint: expect.stringContaining(hint),
        });
      }
      // Git itself can write no file of more than nothing.
      const env = place.envWith('case "$*" in *hash-object*) ulimit -f 0;; esac; exec $GIT "$@"');
      await expect(publish(second, place.open(at.tree, { ...remote, env }))).rejects.toMatchObject({
        code: 'ERR_TUF_STORE',
      });
      expect(await stateOf(at.url)).toBe('old');
      await publish(second, place.open(at.tree, remote));
      expect(await stateOf(at.url)).toBe('new');
    });
  });
}
