/** A sink that keeps what it is given, for tests. */
import type { Sink } from '../../src/client/ports.ts';

export interface Collector extends Sink {
  readonly starts: (number | undefined)[];
  /** All bytes since the last start, as they are now: a chunk that is reused later shows. */
  text(): string;
  size: number;
}

export function collect(): Collector {
  let chunks: Buffer[] = [];
  const starts: (number | undefined)[] = [];
  const collector: Collector = {
    starts,
    size: 0,
    text: () => Buffer.concat(chunks).toString('latin1'),
    start(length) {
      starts.push(length);
      chunks = [];
      collector.size = 0;
    },
    write(chunk) {
      collector.size += chunk.length;
      if (collector.size <= 1 << 20) chunks.push(Buffer.from(chunk));
    },
  };
  return collector;
}
