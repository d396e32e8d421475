/** The arguments of a client under test: options, then a command and what belongs to it. */
import { parseArgs } from 'node:util';

/** @returns the options under their names; `refresh` names no targets */
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
  const [command, ...rest] = positionals;
  return {
    command,
    rest,
    metadataDir: values['metadata-dir'],
    metadataUrl: values['metadata-url'],
    targetDir: values['target-dir'],
    targetBaseUrl: values['target-base-url'],
    targetNames: values['target-name'],
  };
}
