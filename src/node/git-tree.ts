/**
 * What a git repository does with a working tree of files: makes commits of named files, and takes over the commits of
 * others; each time by bytes whose digests are compared, not by what git's conversions make of them.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, lstat, mkdir, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { TufError } from '../errors.ts';
import { randomName, storeError, syncFolder } from './atomic-write.ts';
import { type ChangedEntry, type Git, quotedPath, type TreeFile } from './git-program.ts';
import { checkFolder, checkWay, isAbsent, isFolder, removeEmpty } from './git-way.ts';

const fileMode = '100644';

/** What does not change while a tree is open. */
interface Place {
  /** The folder of the repository. */
  readonly folder: string;
  /** A folder in it for what is on its way. */
  readonly scratch: string;
  /** The digest by which git names objects. */
  readonly format: string;
  /** The id of a tree with nothing in it. */
  readonly none: string;
}

/** The working tree of one repository, with one branch. */
export class GitTree {
  readonly git: Git;
  readonly #ref: string;
  #place: Place | undefined;
  #identity: Promise<Record<string, string>> | undefined;

  constructor(git: Git, branch: string) {
    this.git = git;
    this.#ref = `refs/heads/${branch}`;
  }

  /** Looks whether this is the top of a repository on its branch, and makes a scratch folder in `.git`. */
  async open(): Promise<Place> {
    if (this.#place !== undefined) return this.#place;
    const folder = await this.git.folder();
    const { output } = await this.git.try(['symbolic-ref', '-q', 'HEAD']);
    const found = Buffer.from(output).toString('utf8').trim();
    if (found !== this.#ref) {
      const branch = this.#ref.slice('refs/heads/'.length);
      const hint = `git -C ${this.git.tree} switch ${branch}, or name the branch in tufa.json`;
      throw new TufError(
        'ERR_TUF_REPOSITORY_REFUSED',
        `${this.git.tree} is on ${found || 'no branch'}, not on ${branch}`,
        { path: this.git.tree },
        { hint },
      );
    }
    const scratch = join(folder, 'tufa');
    await mkdir(scratch, { recursive: true, mode: 0o700 }).catch((cause) => {
      throw storeError('write', scratch, cause);
    });
    const format = await this.git.text(['rev-parse', '--show-object-format']);
    const none = createHash(format).update('tree 0\0').digest('hex');
    this.#place = { folder, scratch, format, none };
    return this.#place;
  }

  /** The newest commit of the branch; `undefined` where it has none. */
  async tip(ref: string = this.#ref): Promise<string | undefined> {
    const { code, output } = await this.git.try(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
    return code === 0 ? Buffer.from(output).toString('utf8').trim() : undefined;
  }

  /** The file with a usual name of a commit, or of the newest; `undefined` where there is none. */
  async file(path: string, bytesMax: number, commit: string = this.#ref): Promise<Uint8Array | undefined> {
    // One more than the head line that git writes before the bytes.
    const run = { input: `${commit}:${path}\n`, bytesMax: bytesMax + 1024 };
    const output = await this.git.run(['cat-file', '--batch'], run);
    const end = output.indexOf(10);
    const length = / blob (\d+)$/.exec(output.subarray(0, end).toString('latin1'))?.[1];
    if (length === undefined) return undefined;
    if (Number(length) > bytesMax) throw storeError('read', path, undefined, `it has more than ${bytesMax} bytes`);
    return new Uint8Array(output.subarray(end + 1, end + 1 + Number(length)));
  }

  /** Whether one commit comes before another, or is it. */
  async isAncestor(older: string, newer: string): Promise<boolean> {
    return (await this.git.try(['merge-base', '--is-ancestor', older, newer])).code === 0;
  }

  /** Names a commit, so that git keeps it; `undefined` forgets it. */
  async name(ref: string, commit: string | undefined): Promise<void> {
    await this.git.run(['update-ref', '--no-deref', ...(commit === undefined ? ['-d', ref] : [ref, commit])]);
  }

  /** What differs between two commits; between none and one, all of it. */
  async changes(before: string | undefined, after: string): Promise<ChangedEntry[]> {
    const { none } = await this.open();
    const args = ['diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', before ?? none, after];
    const found = rawEntries(await this.git.run(args));
    for (const { path, after, mode } of found) {
      if (after !== undefined && !/^100(644|755)$/.test(mode)) throw this.#noFile(path, mode);
    }
    return found;
  }

  /**
   * A commit on top of another in which these files of the working tree have the bytes that they have now, others are gone,
   * and `extra` are as given; `undefined` where that changes nothing. What else is in the tree or in the index has no part in it.
   *
   * @throws {@link TufError} `ERR_TUF_CONFLICT` where the tree differs from `parent` in anything else.
   */
  async commit(
    parent: string | undefined,
    { files, removed }: { readonly files: ReadonlySet<string>; readonly removed: ReadonlySet<string> },
    extra: ReadonlyMap<string, Uint8Array>,
  ): Promise<{ readonly commit: string; readonly changes: readonly ChangedEntry[] } | undefined> {
    const entries = [...(await this.#writeFiles([...files])), ...(await this.#writeBytes(extra))];
    return this.#withIndex(async (index) => {
      if (parent !== undefined) await this.#checkClean(parent, index, new Set([...files, ...removed]));
      const zeros = await this.#zeros();
      // First what goes: a folder may become a file.
      const lines = [
        ...[...removed].map((path) => `0 ${zeros}\t${path}\0`),
        ...entries.map(({ path, id }) => `${fileMode} ${id}\t${path}\0`),
      ];
      await this.git.run(['update-index', '-z', '--index-info'], { index, input: lines.join('') });
      const tree = await this.git.text(['write-tree'], { index });
      const args = ['commit-tree', tree, ...(parent === undefined ? [] : ['-p', parent]), '--no-gpg-sign', '-F', '-'];
      // Two who commit the same at the same second have to know which of the two it was.
      const count = entries.length + removed.size;
      const verb = entries.length === 0 ? 'remove' : 'publish';
      const message = `${verb} ${count} ${count === 1 ? 'file' : 'files'}\n\nId: ${randomName()}\n`;
      const commit = await this.git.text(args, { input: message, env: await this.#whoCommits() });
      const changes = await this.changes(parent, commit);
      this.#checkChanges(changes, entries, removed);
      return changes.length === 0 ? undefined : { commit, changes };
    });
  }

  /** Makes a commit the newest of the branch, unless that is another by now. */
  async advance(commit: string, from: string | undefined): Promise<boolean> {
    const old = from ?? '0'.repeat(commit.length);
    const args = ['update-ref', '--no-deref', '-m', 'tufa', this.#ref, commit, old];
    const end = await this.git.try(args);
    if (end.code === 0) return true;
    if ((await this.tip()) === from) throw this.git.failure(args, end);
    return false;
  }

  /**
   * Lets git's own index know of what was committed, so that `git status` says nothing and `git commit` takes nothing back.
   * What else somebody has staged there stays.
   */
  async remember(changes: readonly ChangedEntry[]): Promise<void> {
    const zeros = await this.#zeros();
    const gone = changes.flatMap(({ path, after }) => (after === undefined ? [`0 ${zeros}\t${path}\0`] : []));
    const there = changes.flatMap(({ path, after }) =>
      after === undefined ? [] : [`${fileMode} ${after}\t${path}\0`],
    );
    const input = [...gone, ...there].join('');
    // Somebody may be using git at the same time: then `git status` shows it, and the next publication tries again.
    await this.git.try(['update-index', '-z', '--index-info'], { input });
    await this.git.try(['update-index', '-q', '--refresh']);
  }

  /** The same for all that is published, however it came that the index does not know. */
  async rememberAll(): Promise<void> {
    const tip = await this.tip();
    if (tip === undefined) return;
    const how = ['--cached', '--raw', '-z', '--no-abbrev', '--no-renames'];
    const args = ['diff-index', ...how, tip, '--', 'metadata', 'targets'];
    const known = rawEntries(await this.git.run(args));
    if (known.length > 0)
      await this.remember(known.map(({ path, before }) => ({ path, before: undefined, after: before })));
  }

  /**
   * Brings the working tree and the branch from one commit to a later one. A file that somebody changed here stays, and is a
   * conflict, unless it has never been committed and belongs to what is published. Safe to repeat.
   */
  async takeOver(from: string | undefined, to: string): Promise<void> {
    const { scratch } = await this.open();
    const changes = await this.changes(from, to);
    await this.#checkUntouched(changes);
    const incoming = changes.filter((each): each is ChangedEntry & { after: string } => each.after !== undefined);
    const folder = join(scratch, `incoming-${randomName()}`);
    try {
      await this.#export(to, incoming, folder);
      // First what goes: a file may have become a folder, or a folder a file.
      for (const { path, after } of changes) if (after === undefined) await this.#remove(path);
      const folders = new Set<string>();
      for (const { path } of incoming) {
        const place = join(this.git.tree, path);
        await removeEmpty(place);
        await mkdir(dirname(place), { recursive: true, mode: 0o755 });
        await rename(join(folder, path), place);
        folders.add(dirname(place));
      }
      for (const each of folders) await syncFolder(each);
    } catch (cause) {
      throw cause instanceof TufError ? cause : storeError('write', this.git.tree, cause);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    if (!(await this.advance(to, from)) && (await this.tip()) !== to) throw moved(this.git.tree);
    await this.remember(changes);
  }

  /** Writes the files of a commit below a folder, and looks whether they are what the commit says. */
  async #export(commit: string, files: readonly TreeEntry[], folder: string): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await this.#withIndex(async (index) => {
      await this.git.run(['read-tree', commit], { index });
      const input = files.map(({ path }) => `${path}\0`).join('');
      await this.git.run(['checkout-index', '-z', '--stdin', `--prefix=${folder}/`], { index, input });
    });
    for (const { path, after } of files) {
      if ((await this.#idOf(join(folder, path))) === after) continue;
      const hint = `take what converts files out of ${this.git.tree}/.git/info/attributes and of .gitattributes`;
      const message = `git changes the bytes of ${path} when it writes it`;
      throw new TufError('ERR_TUF_REPOSITORY_REFUSED', message, { path }, { hint });
    }
  }

  /** Removes a file. A folder that has taken its place is there since a takeover that was stopped. */
  async #remove(path: string): Promise<void> {
    const place = join(this.git.tree, path);
    if (!(await isFolder(place))) await unlinkIfThere(place);
  }

  async #checkUntouched(changes: readonly ChangedEntry[]): Promise<void> {
    const gone = new Set(changes.flatMap(({ path, after }) => (after === undefined ? [path] : [])));
    const [parents, left] = [new Set<string>(), new Set<string>()];
    for (const { path, before, after } of changes) {
      const [among, done] = after === undefined ? [undefined, left] : [gone, parents];
      await checkWay(this.git.tree, dirname(path), among, done);
      if (await isFolder(join(this.git.tree, path))) {
        if (after !== undefined) await checkFolder(this.git.tree, path, gone);
        continue;
      }
      const id = await this.#idOf(join(this.git.tree, path));
      if (id === undefined || id === before || id === after) continue;
      // Left by a publication that lost: what was signed is in its journal.
      if (before === undefined && /^(metadata|targets)\//.test(path)) continue;
      // The head is what the commit says, and this a copy of it.
      if (path === headPath) continue;
      throw dirtyTree(this.git.tree, [path]);
    }
  }

  /** Reads a commit into an index, and compares the working tree with it. */
  async #checkClean(commit: string, index: string, changed: ReadonlySet<string>): Promise<void> {
    // The times in git's own index spare reading files that nobody has touched; without one, all are read.
    await copyFile(join((await this.open()).folder, 'index'), index).catch(() => {});
    await this.git.run(['read-tree', '--reset', commit], { index });
    await this.git.try(['update-index', '-q', '--refresh'], { index });
    const fields = (await this.git.run(['diff-files', '-z', '--no-abbrev'], { index })).toString('utf8').split('\0');
    const dirty: string[] = [];
    for (let n = 0; n + 1 < fields.length; n += 2) {
      const [entry = '', path = ''] = [fields[n], fields[n + 1]];
      if (path === headPath || changed.has(path)) continue;
      // Attributes of the branch may have git compare other bytes than those that are there.
      if ((await this.#idOf(join(this.git.tree, path))) !== entry.split(' ')[2]) dirty.push(path);
    }
    if (dirty.length > 0) throw dirtyTree(this.git.tree, dirty);
  }

  async #writeFiles(paths: readonly string[]): Promise<TreeFile[]> {
    if (paths.length === 0) return [];
    const input = paths.map((path) => `${quotedPath(path)}\n`).join('');
    const ids = (await this.git.text(['hash-object', '-w', '--no-filters', '--stdin-paths'], { input })).split('\n');
    const files = paths.map((path, n) => ({ path, id: ids[n] as string }));
    for (const { path, id } of files) {
      if ((await this.#idOf(join(this.git.tree, path))) !== id) throw dirtyTree(this.git.tree, [path]);
    }
    return files;
  }

  async #writeBytes(files: ReadonlyMap<string, Uint8Array>): Promise<TreeFile[]> {
    const { format } = await this.open();
    const written: TreeFile[] = [];
    for (const [path, bytes] of files) {
      const id = await this.git.text(['hash-object', '-w', '--no-filters', '--stdin'], { input: bytes });
      const expected = createHash(format).update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
      if (id !== expected) throw this.#changedBytes(path);
      written.push({ path, id });
    }
    return written;
  }

  /** A commit changes nothing but what was asked for. */
  #checkChanges(changes: readonly ChangedEntry[], entries: readonly TreeFile[], removed: ReadonlySet<string>): void {
    const asked = new Map(entries.map(({ path, id }) => [path, id]));
    for (const { path, after } of changes) {
      const isAsked = after === undefined ? removed.has(path) : asked.get(path) === after;
      if (!isAsked) throw this.#changedBytes(path);
    }
  }

  /** The id that git has for the bytes of a file; `undefined` where none is. */
  async #idOf(place: string): Promise<string | undefined> {
    const { format } = await this.open();
    try {
      const found = await lstat(place);
      if (!found.isFile()) throw dirtyTree(this.git.tree, [relative(this.git.tree, place)]);
      const hash = createHash(format).update(`blob ${found.size}\0`);
      for await (const chunk of createReadStream(place) as AsyncIterable<Uint8Array>) hash.update(chunk);
      return hash.digest('hex');
    } catch (cause) {
      if (isAbsent(cause)) return undefined;
      throw cause instanceof TufError ? cause : storeError('read', place, cause);
    }
  }

  /** Whoever git is told that commits here; this program where nobody is named. */
  async #whoCommits(): Promise<Record<string, string>> {
    this.#identity ??= (async () => {
      const found = await this.git.try(['-c', 'user.useConfigOnly=true', 'var', 'GIT_COMMITTER_IDENT']);
      if (found.code === 0) return {};
      const [name, email] = ['tufa', 'tufa@localhost'];
      return { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email };
    })();
    return this.#identity;
  }

  async #withIndex<T>(work: (index: string) => Promise<T>): Promise<T> {
    const index = join((await this.open()).scratch, `index-${randomName()}`);
    try {
      return await work(index);
    } finally {
      for (const path of [index, `${index}.lock`]) await rm(path, { force: true });
    }
  }

  /** How git writes that there is no object. */
  async #zeros(): Promise<string> {
    return '0'.repeat((await this.open()).none.length);
  }

  #noFile(path: string, mode: string): TufError {
    const kind = { '120000': 'a symbolic link', '160000': 'a submodule' }[mode] ?? 'something else';
    // Not the path: whoever pushed it chose its name, and a shell would run what is in it.
    const hint = `take it out of the branch where it was pushed (git rm --cached -- PATH; git commit; git push): a repository is served from regular files`;
    const message = `${path} is no regular file in git, but ${kind}`;
    return new TufError('ERR_TUF_REPOSITORY_REFUSED', message, { path }, { hint });
  }

  #changedBytes(path: string): TufError {
    const hint = 'look for what converts or adds files: attributes, hooks, another program on the same tree';
    return new TufError('ERR_TUF_REPOSITORY_REFUSED', `git would commit other bytes of ${path}`, { path }, { hint });
  }
}

interface TreeEntry {
  readonly path: string;
  readonly after: string;
}

/** The head, as a path of the tree. */
export const headPath = 'metadata/timestamp.json';

/** Somebody changed files here and did not commit them. */
function dirtyTree(tree: string, paths: readonly string[]): TufError<'ERR_TUF_CONFLICT'> {
  const path = paths[0] as string;
  const more = paths.length > 1 ? ` and ${paths.length - 1} more` : '';
  const hint = `see git -C ${tree} status; git -C ${tree} checkout -- PATH brings back what is committed`;
  const message = `the working tree differs from its branch: ${path}${more}`;
  return new TufError('ERR_TUF_CONFLICT', message, { path }, { hint });
}

/** Somebody else was faster. */
export function moved(where: string): TufError<'ERR_TUF_CONFLICT'> {
  const hint = 'somebody published meanwhile: publish again, on top of that';
  return new TufError('ERR_TUF_CONFLICT', `the branch of ${where} has moved`, { path: headPath }, { hint });
}

/** What `--raw -z` says: `:MODE MODE ID ID STATUS`, and the path. */
function rawEntries(output: Buffer): (ChangedEntry & { readonly mode: string })[] {
  const fields = output.toString('utf8').split('\0');
  const found: (ChangedEntry & { readonly mode: string })[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, mode = '', from = '', to = ''] = (fields[at] as string).split(' ');
    const idOf = (text: string): string | undefined => (/^0+$/.test(text) ? undefined : text);
    found.push({ path: fields[at + 1] as string, before: idOf(from), after: idOf(to), mode });
  }
  return found;
}

async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch((error) => {
    if (!isAbsent(error)) throw error;
  });
}
