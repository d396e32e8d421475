import { readConstant, readFormat, readList, readOnly } from '../ask/form.ts';
import { readBoolean, readString } from '../metadata/members.ts';
import { Scanner } from '../metadata/scanner.ts';
import { compareCodePoints, encodeUtf8 } from '../metadata/utf8.ts';
import { headName } from './tar.ts';

/** What a bundle says that it is for. It is believed for nothing: what is not so shows when it is verified. */
export interface BundleHead {
  /** The target paths whose searches it answers, in the order of code points, each once. */
  readonly targets: readonly string[];
  /** Whether it has the files of those that are found. */
  readonly files: boolean;
  /** Whether it leaves out what a client has that has an older bundle. */
  readonly incremental: boolean;
}

export const headBytesMax: number = 16 * 1024 * 1024;
/** Targets of one bundle. */
const targetsMax = 100_000;

export function writeHead({ targets, files, incremental }: BundleHead): Uint8Array {
  return encodeUtf8(`${JSON.stringify({ _type: 'tufa-bundle', version: 1, targets, files, incremental })}\n`);
}

/** Throws `ERR_TUF_MALFORMED`. */
export function readHead(bytes: Uint8Array): BundleHead {
  const scanner = new Scanner(bytes, { role: headName, depth: 3 });
  const { targets, files, incremental } = readOnly(scanner, {
    _type: readConstant('tufa-bundle'),
    version: readFormat,
    targets: () => readList(scanner, targetsMax, readString),
    files: readBoolean,
    incremental: readBoolean,
  });
  const areSorted = targets.every((path, i) => i === 0 || compareCodePoints(targets[i - 1] as string, path) < 0);
  if (!areSorted) scanner.fail('expected paths in the order of code points, each once', scanner.at - 1);
  scanner.finish();
  return { targets, files, incremental };
}
