import { TufError } from '../errors.ts';
import { metadataUrlPath } from '../metadata/file-name.ts';
import { parseRoot, type Root } from '../metadata/root.ts';
import { answer } from '../repository/proof.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import { type Trusted, trustNextRoot, trustPinnedRoot } from '../trust/trusted.ts';
import { type CheckContext, fileOf } from './context.ts';
import { some } from './finding.ts';
import { lenientJson } from './lenient-json.ts';
import { objectOf } from './view.ts';

/**
 * Replays the chain of roots from the trusted one to the newest, and from the first one that is served to the trusted
 * one: what clients that ship older roots need.
 *
 * @returns the newest root, and how many are served.
 * @throws {@link TufError} where the trusted root itself cannot be read or is not signed by its own keys.
 * @spec 5.3.3, 5.3.4a, 5.3.4b, 5.3.5, 6.1-b
 */
export async function checkRoots(
  context: CheckContext,
  pinnedBytes: Uint8Array,
): Promise<{ readonly root: Trusted<Root>; readonly served: number }> {
  const { crypto } = context;
  const pinned = await answer(trustPinnedRoot(pinnedBytes, {}), crypto);
  const before = await checkOlderRoots(context, pinned);
  const own = await readRoot(context, pinned.signed.version);
  if (own === 'absent') sayMissing(context, [pinned.signed.version]);
  else if (own instanceof Uint8Array) checkSameRoot(context, pinned, own);
  const { root, found } = await followRoots(context, pinned);
  return { root, served: before + (own instanceof Uint8Array ? 1 : 0) + found };
}

/** From the trusted root on, as a client does. */
async function followRoots(
  context: CheckContext,
  pinned: Trusted<Root>,
): Promise<{ readonly root: Trusted<Root>; readonly found: number }> {
  const { crypto, findings, bounds } = context;
  let root = pinned;
  for (let found = 0; ; found += 1) {
    if (found >= bounds.roots) {
      context.boundMet('roots', 'there are more versions of root');
      return { root, found };
    }
    const version = root.signed.version + 1;
    const bytes = await readRoot(context, version);
    if (!(bytes instanceof Uint8Array)) return { root, found };
    const about = { role: 'root', file: rootFile(version) };
    if (objectOf(lenientJson(bytes)).get('signed') === undefined) {
      findings.add('next-root-answered', about, `${about.file} is answered by ${bytes.length} bytes that are no root`);
      return { root, found };
    }
    try {
      root = await answer(trustNextRoot(root, bytes, {}), crypto);
    } catch (error) {
      if (!(error instanceof TufError)) throw error;
      findings.refusal(error.family === 'format' ? 'document-refused' : 'root-chain-broken', about, error);
      return { root, found };
    }
  }
}

/** From the first root that is served to the trusted one; gives how many are there. */
async function checkOlderRoots(context: CheckContext, pinned: Trusted<Root>): Promise<number> {
  const { crypto, findings, bounds } = context;
  const newest = pinned.signed.version;
  const first = Math.max(1, newest - bounds.roots);
  if (first > 1) {
    findings.add('root-unreached', { role: 'root' }, `versions 1 to ${first - 1} of root were not asked for`);
  }
  const missing: number[] = [];
  let served = 0;
  let before: Trusted<Root> | undefined;
  for (let version = first; version <= newest; version += 1) {
    const bytes = version === newest ? pinned.bytes : await readRoot(context, version);
    if (bytes === undefined) break;
    if (bytes === 'absent') missing.push(version);
    if (!(bytes instanceof Uint8Array)) {
      before = undefined;
      continue;
    }
    if (version < newest) served += 1;
    const about = { role: 'root', file: rootFile(version) };
    try {
      const link: Trusted<Root> | undefined = before;
      const proof = link === undefined ? trustPinnedRoot(bytes, {}) : trustNextRoot(link, bytes, {});
      before = await answer(proof, crypto);
      if (before.signed.version !== version) {
        findings.add('document-stray', about, `${about.file} holds version ${before.signed.version}`);
      }
    } catch (error) {
      if (!(error instanceof TufError)) throw error;
      findings.refusal(error.family === 'format' ? 'document-refused' : 'root-chain-broken', about, error);
      // What follows may be whole again.
      before = undefined;
    }
  }
  if (missing.length > 0) sayMissing(context, missing);
  return served;
}

function sayMissing({ findings }: CheckContext, versions: readonly number[]): void {
  const text = `version ${some(versions.map(String), versions.length)} of root is not there`;
  findings.add('root-missing', { role: 'root', file: rootFile(versions[0] as number) }, text);
}

function checkSameRoot({ findings }: CheckContext, pinned: Trusted<Root>, served: Uint8Array): void {
  if (equalBytes(pinned.bytes, served)) return;
  const about = { role: 'root', file: rootFile(pinned.signed.version) };
  try {
    // Signatures may have been added.
    if (equalBytes(parseRoot(served).message(), pinned.message())) return;
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
  }
  findings.add('root-forked', about, `${about.file} is not the trusted root of version ${pinned.signed.version}`);
}

async function readRoot(context: CheckContext, version: number): Promise<Uint8Array | 'absent' | 'no' | undefined> {
  const answered = await context.document(metadataUrlPath('root', version), { role: 'root' });
  if (answered === undefined) return undefined;
  return answered.state === 'there' ? answered.bytes : answered.state === 'absent' ? 'absent' : 'no';
}

function rootFile(version: number): string {
  return fileOf('metadata', metadataUrlPath('root', version));
}
