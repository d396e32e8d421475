import { Option } from 'commander';
import { type Asking, asking } from '../ask.ts';
import { UsageError } from './failure.ts';

/** Whether this machine knows what time it is. */
export function clockOption(): Option {
  return new Option('--clock <which>', 'untrusted: the time of the answer replaces that of this machine')
    .choices(['trusted', 'untrusted'])
    .default('trusted');
}

/** Requires answers of a server. Throws UsageError for an address that nobody should ask. */
export function askingAt(url: string, clock: 'trusted' | 'untrusted'): Asking {
  try {
    return asking({ url, policy: 'require', clock });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(
      `${JSON.stringify(url)} is no URL of an answer server`,
      'write https://HOST/PATH, without credentials; http is for this machine alone',
    );
  }
}
