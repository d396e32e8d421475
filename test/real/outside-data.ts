/** Test data of others, which the project does not hold: tests that need it are skipped where it is not at hand. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const named = process.env['TUFA_TEST_DATA'] || undefined;

/** The folder that `TUFA_TEST_DATA` names, or `shared/data` beside the checkout. */
const folder = named === undefined ? fileURLToPath(new URL('../../../shared/data', import.meta.url)) : resolve(named);

// Who names a folder wants its tests run: a slip of the pen must not skip them.
if (named !== undefined && !existsSync(folder)) throw new Error(`TUFA_TEST_DATA names ${folder}, which is not there`);

/** A file or folder of the data: its path, and why a test cannot have it, `undefined` where it is there. */
export function outsideData(name: string): { readonly path: string; readonly absent: string | undefined } {
  const path = join(folder, name);
  return { path, absent: existsSync(path) ? undefined : `${path} is not there (TUFA_TEST_DATA names another folder)` };
}
