/** The layers compiled as `npm run build` compiles them, each against what it may see, but into memory. */
import { join, sep } from 'node:path';
import ts from 'typescript';

/** Every type error of the sources below `root`, as the compiler words it; empty when there is none. */
export function typeErrorsOfSources(root) {
  const errors = [];
  const formatHost = {
    getCurrentDirectory: () => root,
    getNewLine: () => '\n',
    getCanonicalFileName: (name) => name,
  };
  const host = ts.createSolutionBuilderHost(
    systemInMemory([join(root, 'dist', sep), join(root, '.cache', sep)]),
    undefined,
    (error) => errors.push(ts.formatDiagnostic(error, formatHost)),
  );
  const builder = ts.createSolutionBuilder(host, [join(root, 'tsconfig.json')], { force: true });
  const status = builder.build();
  if (status !== ts.ExitStatus.Success && errors.length === 0)
    errors.push(`the compiler ended with status ${status}\n`);
  return errors.join('');
}

/** The file system, but what is written stays in memory, and nothing that is on disk below `folders` is seen. */
function systemInMemory(folders) {
  const files = new Map();
  const isOurs = (path) => folders.some((folder) => ts.sys.resolvePath(path).startsWith(folder));
  return {
    ...ts.sys,
    fileExists: (path) => (isOurs(path) ? files.has(path) : ts.sys.fileExists(path)),
    readFile: (path, encoding) => (isOurs(path) ? files.get(path)?.text : ts.sys.readFile(path, encoding)),
    writeFile: (path, text) => void files.set(path, { text, time: new Date() }),
    deleteFile: (path) => void files.delete(path),
    createDirectory: () => {},
    directoryExists: (path) => isOurs(`${path}/x`) || ts.sys.directoryExists(path),
    getModifiedTime: (path) => (isOurs(path) ? files.get(path)?.time : ts.sys.getModifiedTime(path)),
    setModifiedTime: () => {},
  };
}
