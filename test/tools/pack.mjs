/** What `npm publish` would send: whether it holds what package.json promises and nothing else, and what publint says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { readJson, root, run } from './project.mjs';

/** The files that are published; everything else is a mistake. */
const published = /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+|src\/.+\.ts)$/;

/** Everything wrong with the package, packed into `folder` as it is: nothing is built. */
export async function checkPack(folder) {
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--silent', '--pack-destination', folder]);
  if (packed.code !== 0) return packed.output;
  const [{ filename, files, size }] = JSON.parse(packed.output.slice(packed.output.search(/^\[/m)));
  const tarball = new Uint8Array(readFileSync(join(folder, filename))).buffer;
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true, level: 'warning' });
  const problems = [
    ...checkFiles(new Set(files.map(({ path }) => path))),
    ...messages.map((message) => formatMessage(message, pkg, { color: false })),
  ];
  return { problems: problems.join('\n'), figure: `${files.length} files, ${Math.round(size / 1000)} kB packed` };
}

function checkFiles(paths) {
  const { exports, bin } = readJson(join(root, 'package.json'));
  const promised = [...pathsIn(exports), ...pathsIn(bin), 'README.md', 'LICENSE'].map((path) =>
    path.replace(/^\.\//, ''),
  );
  return [
    ...[...new Set(promised)].filter((path) => !paths.has(path)).map((path) => `${path} is promised and not there`),
    ...[...paths].filter((path) => !published.test(path)).map((path) => `${path} does not belong into the package`),
  ];
}

function pathsIn(value) {
  return typeof value === 'string' ? [value] : Object.values(value).flatMap(pathsIn);
}
