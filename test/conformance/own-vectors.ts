/** Vectors that a test writes, in a folder with an index, around the honest repository of the real ones. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VectorFolder } from '../../src/conformance/vector-folder.ts';

export const realFolder = fileURLToPath(new URL('../../spec-vectors/', import.meta.url));

interface Repository {
  readonly root: string;
  readonly metadata: Record<string, string>;
  readonly targets: Record<string, string>;
}

const repository = JSON.parse(readFileSync(join(realFolder, 'repository.json'), 'utf8')) as Repository;

/** The bytes of a file of the honest repository, below the metadata or the targets URL. */
export function honestFile(path: string): Buffer {
  return Buffer.from((repository.metadata[path] ?? repository.targets[path]) as string, 'base64');
}

/** The files of an honest sequence: every one as the repository has it, and others. */
function honestFiles(others: Record<string, unknown> = {}): Record<string, unknown> {
  const named = Object.entries({ ...repository.metadata, ...repository.targets });
  return {
    ...Object.fromEntries(named.map(([path, base64]) => [path, { base64 }])),
    'root-1': { base64: repository.root },
    ...others,
  };
}

/** What an honest server has, by path; the values name files of {@link honestFiles}. */
export const honestServe = {
  metadata: same(Object.keys(repository.metadata)),
  targets: same(Object.keys(repository.targets)),
};

function same(names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

/** What a client that has taken the honest repository holds. */
export const honestTrusted = {
  root: '2.root.json',
  timestamp: 'timestamp.json',
  snapshot: '1.snapshot.json',
  targets: '1.targets.json',
};

export const firstRequests = [
  'metadata/2.root.json',
  'metadata/3.root.json',
  'metadata/timestamp.json',
  'metadata/1.snapshot.json',
  'metadata/1.targets.json',
];

/** The step that takes the honest repository. */
export const honestStep = {
  serve: honestServe,
  do: 'refresh',
  expect: { result: 'accept', trusted: honestTrusted, requests: firstRequests },
};

type Plain = Record<string, unknown>;

/** The members that every vector has. */
export function head(id: string, schema: string, more: Plain = {}): Plain {
  const about = { spec: '1.0.34', section: '5.4', level: 'MUST', attack: 'rollback', rows: ['T1'] };
  return { schema, id, ...about, comment: `what ${id} does`, effect: `what ${id} costs`, ...more };
}

/** A vector that is a sequence of these steps. */
export function sequenceVector(id: string, steps: readonly Plain[], more: Plain = {}, files: Plain = {}): Plain {
  return { ...head(id, 'sequence/1'), sequence: { root: 'root-1', files: honestFiles(files), steps }, ...more };
}

/** A vector of the family path-pattern. */
export function patternVector(id: string, pattern: string, path: string, matched: boolean, more: Plain = {}): Plain {
  return { ...head(id, 'path-pattern/1'), input: { pattern, path }, expect: { matched }, ...more };
}

export interface OwnFolder {
  readonly path: string;
  open(): Promise<VectorFolder>;
  remove(): void;
}

/** Writes vectors and their index. */
export function ownFolder(vectors: readonly Plain[], changes: (index: Plain) => Plain = (index) => index): OwnFolder {
  const path = mkdtempSync(join(tmpdir(), 'tufa-vectors-'));
  const entries = vectors.map((vector) => {
    const text = JSON.stringify(vector);
    const file = join(path, `${vector['id']}.json`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    const { id, schema, section, level, attack } = vector;
    return { id, schema, section, level, attack, sha256: createHash('sha256').update(text).digest('hex') };
  });
  const index = { schema: 'index/1', spec: '1.0.34', families: [], vectors: entries };
  writeFileSync(join(path, 'index.json'), JSON.stringify(changes(index)));
  writeFileSync(join(path, 'repository.json'), readFileSync(join(realFolder, 'repository.json')));
  return { path, open: () => VectorFolder.open(path), remove: () => rmSync(path, { recursive: true, force: true }) };
}
