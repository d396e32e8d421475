import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { isTufError } from '../errors.ts';
import { writeKeyFile } from '../node/key-file.ts';
import { generateKey } from '../node/private-key.ts';
import { KeySigner } from '../node/signer.ts';
import { roleKey } from '../repository/role-key.ts';
import { editRoot } from '../repository/root-draft.ts';
import { later } from './duration.ts';
import { publishFolder } from './publish.ts';
import { writeDraft } from './staging.ts';
import { current, serveSnapshot } from './start-forge.ts';
import { passphrase, roles, type Stage, versionsIn } from './start-stage.ts';
import { Voice } from './voice.ts';
import { openWorkspace, readWorkspace, writeConfig } from './workspace.ts';
import { lifetimeOf } from './workspace-config.ts';

/**
 * The fast-forward attack, and the way out of it: stolen online keys sign the highest version there is, so that no honest
 * one can follow; new keys for both roles make clients forget what the old ones signed.
 *
 * @spec 5.3.11, 1.5.2, A-18, T5
 */
export async function recovery(stage: Stage): Promise<boolean> {
  const { say } = stage;
  const store = join(stage.folder, 'stranger');
  await rm(store, { recursive: true, force: true });
  say();
  say('FAST-FORWARD: stolen timestamp and snapshot keys sign the highest version there is');
  const highest = Number.MAX_SAFE_INTEGER;
  const { targets, version } = await current(stage);
  await serveSnapshot(stage, targets, version, highest);
  const attacked = await stage.clientOf(store).refresh();
  say(`  accepted, as any new version by the right keys: timestamp ${attacked.timestamp}`);
  stage.forged.clear();
  const error = await stage
    .clientOf(store)
    .refresh()
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  if (!isTufError(error)) return false;
  say(`  the honest repository is refused by ${error.code}: ${error.message}`);
  await rotateOnlineKeys(stage);
  say('  recovery: the operator publishes a root with new timestamp and snapshot keys');
  await stage.clientOf(store).refresh();
  await stage.clientOf(stage.store).refresh();
  const [victim, other] = await Promise.all([versionsIn(store), versionsIn(stage.store)]);
  say(`  still trusted: ${roles.map((role) => `${role} ${victim[role]}`).join(', ')}`);
  return error.code === 'ERR_TUF_ROLLBACK' && roles.every((role) => victim[role] === other[role] && victim[role] < 100);
}

async function rotateOnlineKeys(stage: Stage): Promise<void> {
  const workspace = await openWorkspace(stage.repository);
  const published = await readWorkspace(workspace);
  if (published === undefined) return;
  const signers = new Map(workspace.config.signers);
  const made = await Promise.all(
    (['timestamp', 'snapshot'] as const).map(async (role) => {
      const privateKey = await generateKey('ed25519');
      const uri = `file:keys/${role}-2.pem`;
      await writeKeyFile(join(stage.repository, `keys/${role}-2.pem`), privateKey, { passphrase });
      const key = await roleKey(new KeySigner(privateKey).key, nodeCrypto());
      signers.set(key.keyid, uri);
      return [role, key] as const;
    }),
  );
  await writeConfig(stage.repository, { ...workspace.config, signers });
  const expires = later(new Date(), lifetimeOf(workspace.config, 'root'));
  const change = (root: Parameters<Parameters<typeof editRoot>[1]>[0]): void => {
    for (const [role, key] of made) root.setRole(role, { keys: [key], threshold: 1 });
  };
  const draft = editRoot(published.root, change, { expires });
  if (draft !== undefined) await writeDraft(workspace, draft);
  await publishFolder(stage.repository, {
    passphrase: () => async () => passphrase,
    openedKeys: stage.openedKeys,
    signal: new AbortController().signal,
    now: () => new Date(),
    voice: new Voice({ write: () => {} }, { write: () => {} }, { json: false, quiet: true }),
  });
}
