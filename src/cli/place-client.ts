import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { UpdateClient } from '../client/client.ts';
import { TufError } from '../errors.ts';
import { Client } from '../index.node.ts';
import { folderRepository } from '../node/folder-repository.ts';
import { memoryStore } from '../store/memory.ts';
import type { Session } from './command.ts';
import { clientCrypto } from './crypto.ts';
import { UsageError } from './failure.ts';
import { previewTransport, previewUrls } from './preview-transport.ts';
import { readRootFile } from './root-file.ts';
import { openWorkspace, places, type Workspace } from './workspace.ts';
import { configName } from './workspace-config.ts';

export interface ClientAtOptions {
  /** The file of the root that is trusted; of an operator, `DIR/root.json` by default. */
  readonly root?: string;
  readonly at?: Date;
}

/**
 * A client that has seen nothing yet, of whatever is served at an address or stands in a folder.
 *
 * @throws {@link TufError} `ERR_TUF_STORE` where there is no repository, and those of {@link readRootFile}; `UsageError`
 * where nobody says which root is trusted.
 */
export async function clientAt(
  session: Session,
  where: string,
  options: ClientAtOptions,
): Promise<{ readonly client: UpdateClient; readonly root: Uint8Array; readonly workspace?: Workspace | undefined }> {
  const at = options.at ?? session.now();
  const crypto = clientCrypto((text) => session.voice.warn(text));
  const world = { store: memoryStore(), crypto, now: () => at };
  if (/^https?:\/\//i.test(where)) {
    if (options.root === undefined) throw new UsageError('which root is trusted?', 'give --root FILE');
    const root = await readRootFile(options.root);
    return { client: new Client({ ...world, root, metadataUrl: where }), root };
  }
  const isWorkspace = await isThere(join(where, configName));
  if (!isWorkspace && !(await isThere(join(where, 'metadata')))) {
    const hint = 'name the folder of a repository, or one that has metadata/, or the URL of its metadata';
    const evidence = { path: where, operation: 'read' } as const;
    throw new TufError('ERR_TUF_STORE', `there is no repository in ${where}`, evidence, { hint });
  }
  const file = options.root ?? (isWorkspace ? join(where, places.root) : undefined);
  if (file === undefined) throw new UsageError('which root is trusted?', 'give --root FILE');
  const workspace = isWorkspace ? await openWorkspace(where) : undefined;
  const transport = previewTransport(workspace?.backend ?? folderRepository(where));
  const root = await readRootFile(file);
  return { client: new Client({ ...world, root, transport, ...previewUrls }), root, workspace };
}

/** Whether anything has this name. */
export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
