import { type Delegations, readDelegations } from './delegations.ts';
import { type DocumentHead, parseSigned, type Reading, type ReadOptions, readSigned, type Signed } from './document.ts';
import { Entries } from './entries.ts';
import { type Hashes, readHashes } from './file-meta.ts';
import { type JsonObject, readJson } from './json.ts';
import { readLength, readMembers } from './members.ts';
import type { Scanner } from './scanner.ts';

/** What a targets role says of one target, section 4.5. */
export interface TargetFile {
  readonly path: string;
  /** Bytes, 0 or more. */
  readonly length: number;
  readonly hashes: Hashes;
  /** Opaque to TUF. */
  readonly custom: JsonObject | undefined;
}

/** `targets` of a targets role: TARGETPATH to target, built when asked for. */
export class TargetFiles {
  readonly #entries: Entries;

  constructor(entries: Entries) {
    this.#entries = entries;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The target with exactly this path: no normalisation, no decoding. */
  get(path: string): TargetFile | undefined {
    const scanner = this.#entries.find(path);
    return scanner && { path, custom: undefined, ...readMembers(scanner, targetReaders, 'custom') };
  }

  /** All paths in written order. A path listed here may lie outside what the role is trusted for. */
  paths(): Iterable<string> {
    return this.#entries.names();
  }
}

/** Section 4.5, of the top-level targets role and of every delegated one. */
export interface Targets extends DocumentHead {
  readonly type: 'targets';
  readonly targets: TargetFiles;
  readonly delegations: Delegations | undefined;
}

/**
 * Reads a targets document. Keeps `bytes`. `role` is the name by which it was asked for.
 *
 * @throws {@link TufError} `ERR_TUF_MALFORMED`, `ERR_TUF_WRONG_TYPE`, `ERR_TUF_SPEC_VERSION`.
 * @spec 4.5-a, 4.5-c, 4.5-d, 4.5-p, A-11, A-28
 */
export function parseTargets(bytes: Uint8Array, role = 'targets', options: ReadOptions = {}): Signed<Targets> {
  return parseSigned(bytes, role, 'targets', options, readTargets);
}

function readTargets(reading: Reading): Targets {
  const { scanner, limits } = reading;
  const { targets, delegations, ...rest } = readSigned(
    reading,
    {
      targets: () =>
        new TargetFiles(new Entries(scanner, plainTarget, () => readMembers(scanner, targetChecks, 'custom'))),
      delegations: () => readDelegations(scanner, limits.keyidsPerRole),
    },
    'delegations',
  );
  return { ...rest, type: 'targets', targets, delegations };
}

/** The spelling of almost every target: one digest, no custom data. */
const plainTarget = /"[ !#-[\]-~]{0,999}":\{"hashes":\{"sha256":"[0-9a-fA-F]{64}"\},"length":(?:0|[1-9][0-9]{0,14})\}/y;

const targetReaders = { length: readLength, hashes: readHashes, custom: readCustom };

function readCustom(scanner: Scanner): JsonObject {
  return readJson(scanner) as JsonObject;
}

/** The same for a check that builds no custom data. */
const targetChecks = { ...targetReaders, custom: passCustom };

function passCustom(scanner: Scanner): void {
  if (scanner.peek() !== '{') scanner.fail('custom is not an object');
  scanner.skip();
}
