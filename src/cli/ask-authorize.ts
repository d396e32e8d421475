import type { Command } from 'commander';
import { writeAnswerKeys } from '../answer/answer-key-list.ts';
import { answerKeysPath } from '../ask/answer-keys.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import { encodeHex } from '../metadata/hex.ts';
import type { PublicKeyObject } from '../metadata/public-key-writer.ts';
import { readPublicKeyFile } from '../node/signer-public-key.ts';
import { signerScheme } from '../node/signers.ts';
import { identityOfSigner, usableKey } from '../repository/listed-key.ts';
import type { Published } from '../repository/published.ts';
import { refused } from '../repository/refusal.ts';
import { roleKey } from '../repository/role-key.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { operatorCrypto } from './crypto.ts';
import { editStaged } from './edit-staged.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { readPlace } from './key.ts';
import { lookAhead, sayNext } from './next-words.ts';
import { stageBytes } from './staging.ts';
import { openWorkspace, readWorkspace } from './workspace.ts';

/** Keys that a list may have. */
const keysMax = 16;

export function addAuthorize(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<GlobalOptions>(
    parent,
    {
      usage: 'authorize <dir> <key...>',
      summary: 'stage which keys may answer what is permitted',
      details: [
        'A key is a URI as tufa key create makes them, or the file of a public key; it is to be no key of any role.',
        'The list replaces the one before it, so an old key is forgotten with it.',
      ],
      json: ['keyids', 'next'],
      examples: ['ask authorize repository file:answer.pem'],
      action: authorize,
    },
    io,
    outcome,
  );
}

async function authorize(session: Session, _: GlobalOptions, [dir, ...named]: readonly string[]): Promise<number> {
  if (named.length > keysMax) throw new UsageError(`at most ${keysMax} keys may answer`);
  const keys: PublicKeyObject[] = [];
  for (const each of named) keys.push(await publicKeyOf(session, dir as string, each));
  const content = writeAnswerKeys(keys);
  const workspace = await openWorkspace(dir as string);
  const hashes = new Map<HashAlgorithm, string>();
  for (const algorithm of workspace.config.hashes)
    hashes.set(algorithm, encodeHex(await operatorCrypto().digest(algorithm, content)));
  await checkNoRoleKeys(keys, await readWorkspace(workspace), named);
  const { proposal } = await editStaged(workspace, 'targets', session, async (targets) => {
    await stageBytes(workspace, content);
    targets.put(answerKeysPath, { length: content.length, hashes });
  });
  const keyids: string[] = [];
  for (const key of keys) keyids.push((await roleKey(key, operatorCrypto())).keyid);
  session.voice.say(`staged for targets: ${keyids.length === 1 ? 'one key' : `${keyids.length} keys`} may answer`);
  const next = sayNext(session.voice, await lookAhead(proposal, workspace, session));
  session.voice.result({ keyids, next }, keyids);
  return 0;
}

/** A key of a role would have two powers on one machine; clients that require answers would refuse everything. */
async function checkNoRoleKeys(
  keys: readonly PublicKeyObject[],
  published: Published | undefined,
  named: readonly string[],
): Promise<void> {
  const listed = [
    ...(published?.root.signed.keys.values() ?? []),
    ...[...(published?.targets.values() ?? [])].flatMap(({ signed }) => [...(signed.delegations?.keys.values() ?? [])]),
  ];
  const ofRoles = new Set(listed.map((key) => usableKey(key)?.identity));
  for (const [i, key] of keys.entries()) {
    const identity = identityOfSigner({ key });
    if (identity === undefined || !ofRoles.has(identity)) continue;
    throw refused(
      'targets',
      `${named[i]} is a key of a role, and so cannot answer`,
      'make one of its own: tufa key create',
    );
  }
}

async function publicKeyOf(session: Session, dir: string, named: string): Promise<PublicKeyObject> {
  if (signerScheme(named) === undefined) return readPublicKeyFile(named);
  return (await readPlace(named, dir, session)).publicKey;
}
