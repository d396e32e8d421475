import { type Delegations, readDelegations } from './delegations.ts';
import {
  type DocumentHead,
  headReaders,
  parseSigned,
  type Reading,
  type ReadOptions,
  type Signed,
} from './document.ts';
import { Entries } from './entries.ts';
import { type Hashes, passHashes, readHashes } from './file-meta.ts';
import { type JsonObject, readJson } from './json.ts';
import { readMembers } from './members.ts';
import { Scanner } from './scanner.ts';

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
  readonly #depth: number;

  constructor(entries: Entries, depth: number) {
    this.#entries = entries;
    this.#depth = depth;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The target with exactly this path: no normalisation, no decoding. */
  get(path: string): TargetFile | undefined {
    const at = this.#entries.find(path);
    if (at === undefined) return undefined;
    const { bytes } = this.#entries;
    return readTarget(new Scanner(bytes, { depth: this.#depth }, at, bytes.length), path);
  }

  /** All paths in written order. A path listed here may lie outside what the role is trusted for. */
  paths(): Generator<string> {
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
  const { required, readers, head } = headReaders(reading);
  const entries = new Entries(scanner.bytes);
  let delegations: Delegations | undefined;
  readMembers(scanner, [...required, 'targets'], {
    ...readers,
    targets: () => {
      scanner.enterObject();
      do entries.addAll(scanner.takeMembers(plainTarget).spans);
      while (passTarget(scanner, entries));
      entries.close(scanner.ascending);
    },
    delegations: () => {
      delegations = readDelegations(scanner, limits.keyidsPerRole);
    },
  });
  return { ...head(), type: 'targets', targets: new TargetFiles(entries, scanner.depthMax), delegations };
}

/** The spelling of almost every target: one digest, no custom data. */
const plainTarget = /":\{"hashes":\{"sha256":"[0-9a-fA-F]{64}"\},"length":(?:0|[1-9][0-9]{0,14})\}/y;

/** Checks the next target without building it; false when there is none. */
function passTarget(scanner: Scanner, entries: Entries): boolean {
  if (!scanner.nextName()) return false;
  entries.add(scanner);
  let hasLength = false;
  let hasHashes = false;
  scanner.enterObject();
  while (scanner.nextName()) {
    if (scanner.is('hashes')) {
      passHashes(scanner);
      hasHashes = true;
    } else if (scanner.is('length')) {
      scanner.integer(0);
      hasLength = true;
    } else {
      if (scanner.is('custom') && scanner.peek() !== 'object') scanner.fail('custom is not an object');
      scanner.skip();
    }
  }
  if (!hasLength) scanner.fail('the member "length" is missing', scanner.at - 1, 'length');
  if (!hasHashes) scanner.fail('the member "hashes" is missing', scanner.at - 1, 'hashes');
  return true;
}

function readTarget(scanner: Scanner, path: string): TargetFile {
  let length = 0;
  let hashes: Hashes = new Map();
  let custom: JsonObject | undefined;
  readMembers(scanner, [], {
    length: () => {
      length = scanner.integer(0);
    },
    hashes: () => {
      hashes = readHashes(scanner);
    },
    custom: () => {
      custom = readJson(scanner) as JsonObject;
    },
  });
  return { path, length, hashes, custom };
}
