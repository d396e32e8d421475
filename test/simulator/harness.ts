import type { ClientOptions } from '../../src/client/client.ts';
import { UpdateClient } from '../../src/client/client.ts';
import type { ClientEvent } from '../../src/client/event.ts';
import type { Store } from '../../src/client/ports.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { TufError, type TufErrorCode } from '../../src/errors.ts';
import type { Simulator } from './simulator.ts';

/** A store in memory whose files a test can look at and change. */
export class OpenStore implements Store {
  readonly files = new Map<string, Uint8Array>();
  /** Called before each operation; a test throws here. */
  before: (operation: string, name: string) => void = () => {};

  async read(name: string, bytesMax: number): Promise<Uint8Array | undefined> {
    this.before('read', name);
    const bytes = this.files.get(name);
    return bytes === undefined || bytes.length > bytesMax ? undefined : new Uint8Array(bytes);
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    this.before('write', name);
    this.files.set(name, new Uint8Array(bytes));
  }

  async remove(name: string): Promise<void> {
    this.before('remove', name);
    this.files.delete(name);
  }

  async clear(): Promise<void> {
    this.before('clear', '');
    this.files.clear();
  }

  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  /** Every file as text, to compare. */
  dump(): Record<string, string> {
    return Object.fromEntries(
      [...this.files].map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]).sort(),
    );
  }

  /** The versions that a new process would find. */
  version(role: string): number | undefined {
    const bytes = this.files.get(`${role}.json`);
    return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString()).signed.version;
  }
}

const allEvents: ClientEvent['type'][] = [
  'accepted',
  'refused',
  'keyid-mismatch',
  'extra-timestamp-meta',
  'equivocation',
  'root-walk-ended',
  'root-limit',
  'fast-forward-recovery',
  'baseline-lost',
  'mirror-failed',
  'no-baseline',
  'local-file-ignored',
  're-rooted',
  'clock-went-back',
];

/** A client of a simulator: a new process on the same store each time it is called. */
export function clientOf(
  simulator: Simulator,
  store: Store,
  pinned: Uint8Array,
  options: Partial<ClientOptions> = {},
): { readonly client: UpdateClient; readonly events: ClientEvent[] } {
  const client = new UpdateClient(
    {
      root: pinned,
      store,
      metadataUrl: 'https://simulator.example/metadata/',
      targetsUrl: 'https://simulator.example/targets/',
      transport: simulator.transport,
      now: () => new Date(simulator.time),
      ...options,
    },
    { transport: () => simulator.transport, crypto: nodeCrypto },
  );
  const events: ClientEvent[] = [];
  for (const type of allEvents) client.on(type, (event) => events.push(event));
  return { client, events };
}

/** The error that a promise rejects with; a test fails when it is no TufError of the code. */
export async function refusal<C extends TufErrorCode>(promise: Promise<unknown>, code: C): Promise<TufError<C>> {
  const error = await promise.then(
    (value) => {
      throw new Error(`expected ${code}, but it was accepted: ${JSON.stringify(value)}`);
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof TufError) || error.code !== code) {
    throw new Error(`expected ${code}, got ${String(error)}`, { cause: error });
  }
  return error as TufError<C>;
}
