import { TufError } from '../errors.ts';
import { knownDigests } from '../metadata/file-meta.ts';
import { targetUrlPath } from '../metadata/file-name.ts';
import { encodeHex } from '../metadata/hex.ts';
import type { TargetFile } from '../metadata/targets.ts';
import { checkTargetFile } from '../trust/mix-and-match.ts';
import { type CheckContext, fileOf } from './context.ts';
import { type About, refusalOf } from './finding.ts';
import type { DelegationGraph } from './graph.ts';
import type { Listing } from './ports.ts';
import { Beginning } from './private-key.ts';
import { measureFile } from './read-file.ts';
import { Site } from './site.ts';

/** Files that are asked for at one time. */
const atOnce = 4;

const keyHint =
  'treat it as stolen: replace it wherever it is trusted; then tufa remove, tufa publish, and tufa prune take the file away';

/** One file of a target, and who lists it. */
interface Wanted {
  readonly role: string;
  readonly urlPath: string;
  readonly target: TargetFile;
}

export interface TargetFileOptions {
  /** Consistent snapshots: files are asked for by each digest. */
  readonly consistent: boolean;
  readonly skipContents: boolean;
  readonly listing: Listing | undefined;
}

/**
 * Holds every target file against what is listed: its length and each digest, as it streams.
 *
 * @spec 5.7.3a, 5.7.3b, 5.7.3c, A-19, A-44
 */
export async function checkTargetFiles(
  context: CheckContext,
  graph: DelegationGraph,
  options: TargetFileOptions,
): Promise<void> {
  const { findings, bounds } = context;
  const wanted = wantedFiles(context, graph, options.consistent);
  if (options.skipContents && wanted.length > 0) {
    findings.add('contents-unchecked', {}, 'the contents of target files were left out');
    if (options.listing === undefined) return;
  }
  const some = wanted.slice(0, bounds.targets);
  if (some.length < wanted.length) context.boundMet('targets', 'there are more target files');
  for (let i = 0; i < some.length; i += atOnce) {
    if (context.isOver()) return context.boundMet('time', 'the time is over before every target file was read');
    const group = some.slice(i, i + atOnce);
    if (options.skipContents) for (const each of group) checkListedLength(context, each, options.listing as Listing);
    else await Promise.all(group.map((each) => measure(context, each)));
  }
}

/** Each file once, although several roles may list it. */
function wantedFiles({ known }: CheckContext, graph: DelegationGraph, consistent: boolean): Wanted[] {
  const wanted: Wanted[] = [];
  const seen = new Set<string>();
  for (const { role, examined } of graph.values()) {
    const { view } = examined ?? {};
    for (const path of view?.targets.paths() ?? []) {
      const target = view?.targets.get(path) as TargetFile;
      for (const urlPath of urlPathsOf(target, consistent)) {
        known.add(fileOf('targets', urlPath));
        const content = JSON.stringify([urlPath, target.length, [...target.hashes].sort()]);
        if (seen.has(content)) continue;
        seen.add(content);
        wanted.push({ role, urlPath, target });
      }
    }
  }
  return wanted;
}

/** The files of a target: one for each digest that clients may ask by. None for a path that no URL carries. */
export function urlPathsOf({ path, hashes }: TargetFile, consistent: boolean): string[] {
  try {
    if (!consistent) return [targetUrlPath(path)];
    return knownDigests(hashes).map(({ digest }) => targetUrlPath(path, encodeHex(digest)));
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    return []; // a finding of its own: target-path-risky
  }
}

async function measure(context: CheckContext, { role, urlPath, target }: Wanted): Promise<void> {
  const { findings, place, bounds, digest: start } = context;
  const about = { role, path: target.path, file: fileOf('targets', urlPath) };
  const bytesMax = Math.min(target.length, bounds.targetBytes);
  const algorithms = knownDigests(target.hashes).map(({ algorithm }) => algorithm);
  const beginning = new Beginning();
  const found = await measureFile(place, 'targets', urlPath, bytesMax, { algorithms, start, beginning });
  context.looked.add(about.file);
  if (beginning.isPrivateKey()) findings.add('key-private-published', about, `${about.file} is a private key`, keyHint);
  context.read.targets += 1;
  context.onProgress(context.read);
  if (found.state === 'absent') sayMissing(context, about);
  else if (found.state === 'unreadable') context.unreadable(about.file, about, found.problem);
  else if (found.state === 'too-long') {
    if (bytesMax < target.length) context.boundMet('targetBytes', `${about.file} is longer`);
    else findings.add('target-wrong', about, `${about.file} has more than the ${target.length} bytes that are listed`);
  } else {
    const refusal = await refusalOf(() => checkTargetFile(target, found.length, found.digests));
    // A target without a digest that counts is a finding of its own.
    if (refusal !== undefined && algorithms.length > 0) findings.refusal('target-wrong', about, refusal);
  }
}

function sayMissing({ findings, place }: CheckContext, about: About & { readonly file: string }): void {
  // Where a server has its targets is a guess, unless it was said.
  const elsewhere = 'add the file again and publish; or say where the target files are: --targets-url';
  findings.add('target-missing', about, `${about.file} is not there`, place instanceof Site ? elsewhere : undefined);
}

function checkListedLength(context: CheckContext, { role, urlPath, target }: Wanted, listing: Listing): void {
  const file = fileOf('targets', urlPath);
  const about = { role, path: target.path, file };
  const length = listing.files.get(file);
  if (length === undefined) {
    if (listing.complete) sayMissing(context, about);
  } else if (length !== target.length) {
    context.findings.add('target-wrong', about, `${file} has ${length} bytes, ${target.length} are listed`);
  }
}
