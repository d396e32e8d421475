/**
 * A look at a release through the eyes of clients, before anybody else has one: one that is new, and one that holds what
 * is published now.
 *
 * @module
 */

import { downloadInto } from '../client/behind.ts';
import type { Store } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import { Client } from '../index.node.ts';
import { defaultLimits } from '../metadata/limits.ts';
import { metadataName } from '../repository/layout.ts';
import type { Backend } from '../repository/ports.ts';
import type { Preview } from '../repository/publish.ts';
import { memoryStore } from '../store/memory.ts';
import { operatorCrypto } from './crypto.ts';
import { Nowhere, previewTransport, previewUrls } from './preview-transport.ts';

export interface VerifyReleaseOptions {
  /** What is published now; `undefined` where nothing is. */
  readonly current: Backend | undefined;
  /** A root that the operator trusts. */
  readonly pinned: Uint8Array;
  readonly now: Date;
  /** Targets that are new or changed, and the role that lists each. */
  readonly changed: readonly { readonly path: string; readonly role: string }[];
  readonly signal?: AbortSignal | undefined;
  /** Hears of a target that clients get from a role other than the one that lists it here. */
  readonly onShadowed?: (path: string, role: string, found: string) => void;
}

/**
 * Refreshes both clients on the release and downloads what changed with the new one.
 *
 * @throws {@link TufError} what refuses; `ERR_TUF_REPOSITORY_REFUSED` for a changed target that no client finds.
 * @spec 6.3.3, A-61
 */
export async function verifyRelease(preview: Preview, options: VerifyReleaseOptions): Promise<void> {
  const { current, pinned, now, changed, signal } = options;
  const crypto = operatorCrypto();
  const after = (store: Store, root = pinned): Client =>
    new Client({ root, store, crypto, transport: previewTransport(preview), now: () => now, ...previewUrls });
  if (current !== undefined) {
    const held = memoryStore();
    // What is published may have expired since; it is what clients hold all the same.
    const before = new Client({
      root: pinned,
      store: held,
      crypto,
      transport: previewTransport(current),
      now: () => new Date(0),
      ...previewUrls,
    });
    await before.refresh({ signal });
    await after(held).refresh({ signal });
  }
  // The first root is what most clients were shipped with.
  const first = await preview.metadata.read(metadataName('root', 1, true), defaultLimits.rootBytes);
  const fresh = after(memoryStore(), first);
  await fresh.refresh({ signal });
  for (const { path, role } of changed) {
    const target = await fresh.find(path, { signal });
    if (target === undefined) throw unreachable(path, role);
    if (target.role !== role) options.onShadowed?.(path, role, target.role);
    await downloadInto(fresh, target, new Nowhere(target.hashes), { signal });
  }
}

function unreachable(path: string, role: string): TufError {
  const hint = 'stage it under a role that is trusted with this path, or change what is delegated';
  const message = `${role}: no client finds the target ${JSON.stringify(path)}`;
  return new TufError('ERR_TUF_REPOSITORY_REFUSED', message, { role, path }, { hint });
}
