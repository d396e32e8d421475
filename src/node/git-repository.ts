/**
 * A repository in a working tree of git, for hosts that serve a branch: the same files as in a folder, and a commit for
 * each state that clients see.
 *
 * Files are written to the tree. The head is the newest commit of the branch: what is in the tree and not in it is not
 * published. Compare and swap is that the branch has not moved: here, and at the remote where one is named, which is asked
 * first. Git keeps its objects before it names them, so whatever stops a publication, the branch is whole.
 *
 * @module
 */
import { access, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TufError } from '../errors.ts';
import type { Backend, Content, FileStore, HeadStore } from '../repository/ports.ts';
import { errorCode, storeError, writeFileAtomic } from './atomic-write.ts';
import { type FolderOperations, folderRepository, nodeFolder } from './folder-repository.ts';
import { Git, type GitOptions } from './git-program.ts';
import { GitTree, headPath, moved } from './git-tree.ts';

export interface GitRepositoryOptions extends GitOptions {
  /** The branch that is served. */
  readonly branch: string;
  /** The name of the remote that it is pushed to; without it, commits stay here. */
  readonly remote?: string | undefined;
  /** The file system of the tree; tests let it fail. */
  readonly files?: FolderOperations | undefined;
}

/** A backend that other machines may publish to as well. */
export interface GitRepository extends Backend {
  sync(): Promise<void>;
  settle(): Promise<void>;
}

/** What lies beside the repository: Pages leaves nothing out, and no clone changes a byte. */
const besides: ReadonlyMap<string, Uint8Array> = new Map([
  ['.nojekyll', Buffer.from('')],
  ['.gitattributes', Buffer.from('* -text -filter -ident -working-tree-encoding\n')],
]);

const headBytesMax = 16 * 1024 * 1024;
/** What this repository knows of the remote's branch. */
const seenRef = 'refs/tufa/remote';

/**
 * The repository that is served from a branch, through the working tree at `folder`.
 *
 * @throws {@link TufError} at each use: `ERR_TUF_STORE` where git is missing, fails or takes too long; `ERR_TUF_CONFLICT`
 * where the branch has moved or the tree has changes that nobody committed; `ERR_TUF_REPOSITORY_REFUSED` where the tree is
 * on another branch.
 */
export function gitRepository(folder: string, options: GitRepositoryOptions): GitRepository {
  return new GitBackend(folder, options);
}

/**
 * Begins a working tree for {@link gitRepository} in a folder that is there, and may have files already.
 *
 * @param url where the branch is pushed to, as the remote `origin`.
 */
export async function createGitTree(
  folder: string,
  { branch, url, ...options }: GitOptions & { readonly branch: string; readonly url?: string | undefined },
): Promise<void> {
  const git = new Git(folder, options);
  await git.run(['init', '--quiet', '--template=', `--initial-branch=${branch}`, git.tree]);
  if (url !== undefined) await git.run(['remote', 'add', 'origin', url]);
}

class GitBackend implements GitRepository {
  readonly metadata: FileStore;
  readonly targets: FileStore;
  readonly head: HeadStore;
  readonly #tree: GitTree;
  readonly #folder: Backend;
  readonly #options: GitRepositoryOptions;
  /** Paths that were put and are not known to be in the branch. */
  readonly #put = new Set<string>();
  /** Paths that are to leave the branch, and the tree after it. */
  readonly #removed = new Set<string>();

  constructor(folder: string, options: GitRepositoryOptions) {
    const { files = nodeFolder } = options;
    this.#options = options;
    this.#tree = new GitTree(new Git(folder, options), options.branch);
    // A folder of the tree's own, on its file system, that git does not look at.
    this.#folder = folderRepository(folder, { scratch: join(folder, '.git', 'tufa'), files });
    const head = { read: () => this.#readHead(), replace: this.#replaceHead.bind(this) };
    this.head = head;
    this.targets = this.#store('targets');
    const metadata = this.#store('metadata');
    const isHead = (name: string): boolean => `metadata/${name}` === headPath;
    this.metadata = {
      ...metadata,
      read: (name, bytesMax) => (isHead(name) ? this.#readHead(bytesMax) : metadata.read(name, bytesMax)),
    };
  }

  /** Takes over what others have pushed, or pushes what is only here. */
  async sync(): Promise<void> {
    const { remote } = this.#options;
    const tip = await this.#tip();
    if (remote !== undefined) {
      const there = await this.#fetch(remote);
      if (there !== tip) {
        if (there !== undefined && (tip === undefined || (await this.#tree.isAncestor(tip, there)))) {
          await this.#tree.takeOver(tip, there);
        } else if (tip !== undefined && (there === undefined || (await this.#tree.isAncestor(there, tip)))) {
          await this.#push(remote, tip, there);
        } else throw this.#diverged(remote);
      }
    }
    await this.#copyHead();
    await this.#tree.rememberAll();
  }

  /** Commits and pushes what was put after the head. */
  async settle(): Promise<void> {
    const tip = await this.#tip();
    if (tip === undefined) return;
    if (this.#put.size + this.#removed.size > 0) await this.#publish(tip, new Map());
    else await this.#copyHead();
  }

  #store(base: 'metadata' | 'targets'): FileStore {
    const { read, open, put, replace, list } = bound(this.#folder[base]);
    const place = async (name: string): Promise<void> => {
      // `git` keeps its own folder under this name, and other systems read it in others.
      if (
        name
          .split('/')
          .some((each) => /^\.git$|^git~\d+$|^\.git[. :]/i.test(each.replace(/[\u200b-\u200f\ufeff]/g, '')))
      ) {
        const hint = 'rename the target, or publish to a folder';
        const message = `git keeps no file with the name ${JSON.stringify(name)}`;
        throw new TufError('ERR_TUF_REPOSITORY_REFUSED', message, { path: name }, { hint });
      }
      await this.#tree.open();
    };
    return {
      read,
      open,
      ...(list === undefined ? {} : { list }),
      remove: async (names: readonly string[]) => {
        for (const name of names) this.#removed.add(`${base}/${name}`);
      },
      put: async (name: string, content: Content) => {
        await place(name);
        const result = await put(name, content);
        this.#put.add(`${base}/${name}`);
        this.#removed.delete(`${base}/${name}`);
        return result;
      },
      replace: async (name: string, content: Content) => {
        await place(name);
        await replace(name, content);
        this.#put.add(`${base}/${name}`);
      },
    };
  }

  async #tip(): Promise<string | undefined> {
    await this.#tree.open();
    return this.#tree.tip();
  }

  async #readHead(bytesMax = headBytesMax): Promise<Uint8Array | undefined> {
    await this.#tree.open();
    return this.#tree.file(headPath, bytesMax);
  }

  async #replaceHead(expected: Uint8Array | undefined, next: Uint8Array): Promise<void> {
    const tip = await this.#tip();
    const found = tip === undefined ? undefined : await this.#tree.file(headPath, headBytesMax, tip);
    const isSame =
      found === undefined || expected === undefined ? found === expected : Buffer.compare(found, expected) === 0;
    if (!isSame) throw moved(this.#tree.git.tree);
    await this.#publish(tip, new Map([[headPath, next.slice()]]));
  }

  /** Commits what was put, and makes that visible: at the remote first, which decides where there is one. */
  async #publish(tip: string | undefined, extra: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const missing = new Map(extra);
    for (const [path, bytes] of besides) {
      if (tip === undefined || (await this.#tree.file(path, headBytesMax, tip)) === undefined) missing.set(path, bytes);
    }
    const [put, removed] = [new Set(this.#put), new Set(this.#removed)];
    const made = await this.#tree.commit(tip, { files: put, removed }, missing);
    if (made !== undefined) {
      const { remote } = this.#options;
      if (remote !== undefined) {
        const seen = await this.#tree.tip(seenRef);
        const isBehind = seen === undefined || (tip !== undefined && (await this.#tree.isAncestor(seen, tip)));
        if (!isBehind) throw moved(remote);
        await this.#push(remote, made.commit, seen);
      }
      // Another publisher on this tree may have found the commit at the remote, and taken it over.
      const isHere = (await this.#tree.advance(made.commit, tip)) || (await this.#tree.tip()) === made.commit;
      if (!isHere) throw moved(this.#tree.git.tree);
      for (const [name, bytes] of besides) if (missing.has(name)) await this.#writeBeside(name, bytes);
    }
    await this.#copyHead();
    if (made !== undefined) await this.#tree.remember(made.changes);
    for (const path of put) this.#put.delete(path);
    for (const base of ['metadata', 'targets'] as const) {
      const names = [...removed]
        .filter((path) => path.startsWith(`${base}/`))
        .map((path) => path.slice(base.length + 1));
      await this.#folder[base].remove?.(names);
    }
    for (const path of removed) this.#removed.delete(path);
  }

  /** Writes a file that lies beside the repository, unless somebody has one of his own. */
  async #writeBeside(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#tree.git.tree, name);
    const isThere = await access(path).then(
      () => true,
      () => false, // whatever the reason, writing it says it
    );
    if (!isThere) await writeFileAtomic(path, bytes, { mode: 0o644 });
  }

  /** The head in the tree, for whoever serves that: a copy of what is committed, however others are at it. */
  async #copyHead(): Promise<void> {
    const path = join(this.#tree.git.tree, headPath);
    for (;;) {
      const head = await this.#tree.file(headPath, headBytesMax);
      if (head === undefined) return;
      const found = await readFile(path).catch((cause) => {
        if (errorCode(cause) === 'ENOENT') return undefined;
        throw storeError('read', path, cause);
      });
      if (found !== undefined && Buffer.compare(found, head) === 0) return;
      await this.#folder.metadata.replace(basename(headPath), { length: head.length, chunks: () => [head] });
    }
  }

  /** The newest commit of the remote's branch, with all that it needs; `undefined` where there is no such branch. */
  async #fetch(remote: string): Promise<string | undefined> {
    const ref = `refs/heads/${this.#options.branch}`;
    const [there, seen] = [await this.#ask(remote), await this.#tree.tip(seenRef)];
    if (there === seen) return there;
    if (there === undefined) {
      await this.#tree.name(seenRef, undefined);
      return undefined;
    }
    const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    await this.#tree.git.run(['fetch', ...quiet, '--', remote, `+${ref}:${seenRef}`], { isRemote: true });
    return this.#tree.tip(seenRef);
  }

  /** What the remote says that its branch is at. */
  async #ask(remote: string): Promise<string | undefined> {
    const ref = `refs/heads/${this.#options.branch}`;
    const listed = await this.#tree.git.text(['ls-remote', '--heads', '--', remote, ref], { isRemote: true });
    const line = listed.split('\n').find((each) => each.endsWith(`\t${ref}`));
    return line?.split('\t')[0];
  }

  /** Moves the remote's branch, if it is where it was seen. */
  async #push(remote: string, commit: string, seen: string | undefined): Promise<void> {
    const ref = `refs/heads/${this.#options.branch}`;
    const quiet = ['--quiet', '--no-verify', '--no-follow-tags', '--recurse-submodules=no', '--no-signed'];
    const args = ['push', ...quiet, `--force-with-lease=${ref}:${seen ?? ''}`, '--', remote, `${commit}:${ref}`];
    const end = await this.#tree.git.try(args, { isRemote: true });
    if (end.code !== 0) {
      const there = await this.#ask(remote);
      // The answer may be lost after the branch has moved.
      if (there !== commit) throw there === seen ? this.#tree.git.remoteFailure(args, end) : moved(remote);
    }
    await this.#tree.name(seenRef, commit);
  }

  #diverged(remote: string): TufError<'ERR_TUF_CONFLICT'> {
    const { branch } = this.#options;
    const hint = `decide which of the two is right, and take the commits of the other away: git -C ${this.#tree.git.tree} log ${branch}...${seenRef}`;
    const message = `the branch ${branch} here and at ${remote} have gone different ways`;
    return new TufError('ERR_TUF_CONFLICT', message, { path: headPath }, { hint });
  }
}

function bound(store: FileStore): FileStore {
  return {
    ...(store.list === undefined ? {} : { list: store.list.bind(store) }),
    read: store.read.bind(store),
    open: store.open.bind(store),
    put: store.put.bind(store),
    replace: store.replace.bind(store),
  };
}
