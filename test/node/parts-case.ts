import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import { type DownloadToFileOptions, downloadToFile } from '../../src/node/download-to-file.ts';
import { refusal } from '../simulator/harness.ts';
import { brokenAfter, findServed, type RangeServer, serveRanges } from './parts-server.ts';

const root = mkdtempSync(join(tmpdir(), 'tufa-parts-'));
export const content = Buffer.from(Array.from({ length: 50_000 }, (_, i) => i.toString(36).padStart(8, '.')).join(''));
export const other = Buffer.from(content.map((byte) => byte ^ 1));
export const headLength = 512;

export let server: RangeServer;
export let folder: string;
export let parts: string;
export let path: string;

beforeEach(async () => {
  server = await serveRanges(content);
  folder = mkdtempSync(join(root, 'case-'));
  parts = join(folder, 'parts');
  path = join(folder, 'files', 'file');
  mkdirSync(join(folder, 'files'));
});
afterEach(() => server.stop());
afterAll(() => rmSync(root, { recursive: true, force: true }));

export const names = (): string[] => readdirSync(parts);
export const only = (): string => join(parts, names()[0] as string);
export const files = (): string[] => readdirSync(join(folder, 'files'));

/** One call, as of a new process. */
export async function download(options: DownloadToFileOptions = {}, entry = {}): Promise<number> {
  const { client, target } = await (await findServed(server, entry)).again();
  return (await downloadToFile(client, target, path, { parts, ...options })).resumedFrom;
}

/** Leaves a part of that many bytes. */
export async function breakAt(bytes: number, etag: string | undefined = '"one"'): Promise<void> {
  server.served.scenario = () => brokenAfter(bytes, content, etag);
  await refusal(download(), 'ERR_TUF_TRANSPORT');
  server.served.scenario = undefined;
  server.asked();
  expect(names()).toHaveLength(1);
  expect(statSync(only()).size).toBe(headLength + bytes);
}

/** Downloads to the end: from where, what was asked for, and that nothing is left but the file. */
export async function completes(asked: number[], resumedFrom = asked.at(-1) ?? 0): Promise<void> {
  expect(await download()).toBe(resumedFrom);
  expect(server.asked()).toEqual(asked);
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(files()).toEqual(['file']);
  expect(names()).toEqual([]);
}

/** Puts the file of the calls to come elsewhere. */
export function putAt(name: string): void {
  path = join(folder, 'files', name);
}
