/**
 * tuf-js as a client under test, of the version whose folder `TUF_JS_FOLDER` names: by the command line of the public suite,
 * and by lines.
 */
import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { clientArguments } from './client-arguments.mjs';

const required = createRequire(join(process.env.TUF_JS_FOLDER, 'package.json'));
const { Updater } = required('tuf-js');
/** Milliseconds for one file: tuf-js's own 100 seconds are more than a test can wait for. */
const fetchTimeout = 5000;

const { command, rest, ...given } = clientArguments();
if (command === 'vectors') {
  const { answerLines } = await import('./tuf-js-vectors.mjs');
  await answerLines(required, { init, update });
} else if (command === 'init') init(given.metadataDir, rest[0]);
else await update(given);

/** tuf-js trusts the root that it finds in its folder. */
function init(metadataDir, rootFile) {
  copyFileSync(rootFile, join(metadataDir, 'root.json'));
}

/** Refreshes, and downloads what is named. Throws what tuf-js throws. */
async function update({ metadataDir, metadataUrl, targetDir, targetBaseUrl, targetNames }) {
  const updater = new Updater({
    metadataDir,
    metadataBaseUrl: metadataUrl,
    targetDir,
    targetBaseUrl,
    // What the server does not have it will not have a second later.
    config: { fetchRetry: 0, fetchTimeout },
  });
  await updater.refresh();
  for (const path of targetNames) {
    const target = await updater.getTargetInfo(path);
    if (target === undefined) throw new Error(`no such target: ${path}`);
    if ((await updater.findCachedTarget(target)) === undefined) await updater.downloadTarget(target);
  }
}
