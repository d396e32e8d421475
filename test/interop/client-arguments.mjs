/** The arguments of a client under test: options, then `init ROOT`, `refresh` or `download`. */
import { parseArgs } from 'node:util';

/** @returns the options under their names, and `command` with its `rootFile` */
export function clientArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'metadata-dir': { type: 'string' },
      'metadata-url': { type: 'string' },
      'target-dir': { type: 'string' },
      'target-base-url': { type: 'string' },
      'target-name': { type: 'string', multiple: true, default: [] },
    },
  });
  return {
    command: positionals[0],
    rootFile: positionals[1],
    metadataDir: values['metadata-dir'],
    metadataUrl: values['metadata-url'],
    targetDir: values['target-dir'],
    targetBaseUrl: values['target-base-url'],
    targetNames: values['target-name'],
  };
}
