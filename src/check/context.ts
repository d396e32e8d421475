import type { Crypto } from '../client/ports.ts';
import type { Instant } from '../metadata/date-time.ts';
import type { StartDigest } from '../repository/ports.ts';
import { type About, Findings } from './finding.ts';
import type { Half, Place } from './ports.ts';
import { type FileRead, readFile } from './read-file.ts';

/** How much of a repository a check looks at; what is beyond is a finding (`check-incomplete`, `bound-met`). */
export interface CheckBounds {
  /** Bytes of one metadata file. */
  readonly documentBytes: number;
  /** Metadata files that are read. */
  readonly documents: number;
  /** Bytes of all metadata files together, which are held in memory. */
  readonly documentsBytes: number;
  /** Versions of root that are asked for. */
  readonly roots: number;
  /** Delegations of one role by another that are kept: each bin that is listed counts for each of its delegators. */
  readonly edges: number;
  /** Target files that are looked at. */
  readonly targets: number;
  /** Bytes of one target file. */
  readonly targetBytes: number;
  /** Files of a folder that are listed. */
  readonly files: number;
  /** Older versions of one role that are compared. */
  readonly history: number;
  /** Elementary steps of comparing paths with patterns and patterns with each other. */
  readonly steps: number;
}

const mebibyte = 1024 * 1024;

export const defaultCheckBounds: CheckBounds = Object.freeze({
  documentBytes: 64 * mebibyte,
  documents: 20_000,
  documentsBytes: 512 * mebibyte,
  roots: 1024,
  edges: 500_000,
  targets: 1_000_000,
  targetBytes: 64 * 1024 * mebibyte,
  files: 2_000_000,
  history: 32,
  steps: 100_000_000,
});

/** Bounds beyond which is nothing that a client needs to accept what is published. */
const besides: ReadonlySet<string> = new Set(['files', 'history', 'steps'] satisfies (keyof CheckBounds)[]);

/** What was read until now. */
export interface CheckProgress {
  readonly documents: number;
  readonly targets: number;
}

/** What all rules of one check share. */
export class CheckContext {
  readonly place: Place;
  readonly crypto: Crypto;
  readonly digest: StartDigest;
  readonly at: Instant;
  readonly bounds: CheckBounds;
  readonly findings: Findings = new Findings();
  /** Whether the time that a check may take is over. */
  readonly isOver: () => boolean;
  /** Told of each file. */
  readonly onProgress: (read: CheckProgress) => void;
  /** URL paths that something lists, as `HALF/PATH`. */
  readonly known: Set<string> = new Set();
  /** What was read. */
  readonly read: { documents: number; bytes: number; targets: number } = { documents: 0, bytes: 0, targets: 0 };
  /** Roles that the snapshot lists and nobody delegates to, with their versions. */
  readonly former: Map<string, number> = new Map();
  /** Files of targets whose beginning was looked at. */
  readonly looked: Set<string> = new Set();
  readonly #met = new Set<string>();
  readonly #metBesides = new Set<string>();
  #problem: string | undefined;

  constructor(
    place: Place,
    options: {
      readonly crypto: Crypto;
      readonly digest: StartDigest;
      readonly at: Instant;
      readonly bounds: CheckBounds;
      readonly isOver: () => boolean;
      readonly onProgress: (read: CheckProgress) => void;
    },
  ) {
    this.place = place;
    this.crypto = options.crypto;
    this.digest = options.digest;
    this.at = options.at;
    this.bounds = options.bounds;
    this.isOver = options.isOver;
    this.onProgress = options.onProgress;
  }

  /** What was the first thing that clients need and that was not looked at; `undefined` where there is none. */
  get incomplete(): string | undefined {
    return this.#problem;
  }

  /** Says once that there is more than is looked at; `isNeeded`: a client needs it to accept what is published. */
  boundMet(bound: keyof CheckBounds | 'time', what: string, isNeeded: boolean = !besides.has(bound)): void {
    // What a client needs is said also where something else was cut short before by the same bound.
    if (this.#met.has(bound) || (!isNeeded && this.#metBesides.has(bound))) return;
    (isNeeded ? this.#met : this.#metBesides).add(bound);
    const value = bound === 'time' ? '' : ` (${bound}: ${this.bounds[bound]})`;
    const text = `${what}${value}`;
    if (!isNeeded) {
      this.findings.add('bound-met', {}, text);
    } else {
      this.#problem ??= text;
      this.findings.add('check-incomplete', {}, text);
    }
  }

  /**
   * A metadata file, counted. `undefined` where a bound is met; what cannot be read is a finding, absence is not.
   */
  async document(urlPath: string, about: About): Promise<FileRead | undefined> {
    const file = fileOf('metadata', urlPath);
    this.known.add(file);
    const { documents, bytes } = this.read;
    if (this.isOver()) this.boundMet('time', 'the time is over before every document was read');
    else if (documents >= this.bounds.documents) this.boundMet('documents', 'there are more documents');
    else if (bytes >= this.bounds.documentsBytes) this.boundMet('documentsBytes', 'the documents are longer together');
    else {
      const answer = await readFile(this.place, 'metadata', urlPath, this.bounds.documentBytes);
      if (answer.state === 'there') {
        this.read.documents += 1;
        this.read.bytes += answer.bytes.length;
        this.onProgress(this.read);
      } else if (answer.state === 'too-long') {
        this.boundMet('documentBytes', `${file} is longer`);
      } else if (answer.state === 'unreadable') {
        this.unreadable(file, about, answer.problem);
      }
      return answer;
    }
    return undefined;
  }

  /** A file that could not be read, unless it was the time that ended it. */
  unreadable(file: string, about: About, problem: string): void {
    if (this.isOver()) this.boundMet('time', `the time was over while ${file} was read`);
    else this.findings.add('file-unreadable', { ...about, file }, `${file}: ${problem}`);
  }
}

/** The name of a file as a static server finds it: each part of the URL path decoded, unless it would become two. */
export function fileOf(half: Half, urlPath: string): string {
  const parts = urlPath.split('/').map((part) => {
    const decoded = decodeURIComponent(part);
    return /[/\0]/.test(decoded) ? part : decoded;
  });
  return [half, ...parts].join('/');
}
