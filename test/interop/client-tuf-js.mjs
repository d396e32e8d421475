/** tuf-js as a client under test, of the version whose folder `TUF_JS_FOLDER` names. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { clientArguments } from './client-arguments.mjs';

const { Updater } = createRequire(join(process.env.TUF_JS_FOLDER, 'package.json'))('tuf-js');
const given = clientArguments();

const updater = new Updater({
  metadataDir: given.metadataDir,
  metadataBaseUrl: given.metadataUrl,
  targetDir: given.targetDir,
  targetBaseUrl: given.targetBaseUrl,
  // What the server does not have it will not have a second later.
  config: { fetchRetry: 0 },
});
await updater.refresh();
for (const path of given.targetNames) {
  const target = await updater.getTargetInfo(path);
  if (target === undefined) process.exit(1);
  if ((await updater.findCachedTarget(target)) === undefined) await updater.downloadTarget(target);
}
