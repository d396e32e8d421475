import type { ClientOptions } from '../client/client.ts';
import type { Store } from '../client/ports.ts';
import { memoryStore } from '../store/memory.ts';
import { fetchTransport } from '../transport/fetch.ts';
import type { AttackName, MountedAttack } from './attack.ts';
import { attackPlan } from './attacks.ts';
import { TestClock } from './clock.ts';
import { KeySource } from './keys.ts';
import { TestNetwork } from './network.ts';
import { TestPublisher } from './publisher.ts';
import type { TestLifetimes, TestRelease, TestRoleChange, TestVersions } from './release.ts';

/** What a test repository begins with. */
export interface TestRepositoryOptions extends Pick<TestRoleChange, 'targets' | 'delegations'> {
  /** All keys follow from it: with the same seed and the same steps, the same bytes. Random without it. */
  readonly seed?: string | number | undefined;
  /** What the clock shows at first. Default: 2030-01-01. */
  readonly time?: Date | undefined;
  readonly lifetimes?: TestLifetimes | undefined;
  /** Where it is served, http or https, without a slash at the end. Default: `https://updates.test`. */
  readonly baseUrl?: string | undefined;
}

/** How a client is to be made. */
export interface TestClientOptions {
  /** What the client has kept so far: a client that is started again gets the store from before. Default: an empty one. */
  readonly store?: Store | undefined;
  /**
   * Milliseconds for which the client waits for a network that has stalled; the honest one never lets it wait. Default:
   * 100. `Infinity` for tests of what aborts an update.
   */
  readonly idleTimeoutMs?: number | undefined;
}

/**
 * A TUF repository in memory, with its operator, its clock and the network to its clients: for tests of applications that
 * update. Keys, signatures and metadata are real. Nothing is written to a disk, no port is opened, and no time passes.
 */
export class TestRepository {
  /** From which all keys follow: print it, so that a run can be repeated. */
  readonly seed: string;
  readonly clock: TestClock;
  readonly network: TestNetwork;
  /** The root to pin: version 1. */
  readonly root: Uint8Array;
  readonly #baseUrl: string;
  readonly #publisher: TestPublisher;
  readonly #attackerKeys: KeySource;

  private constructor(seed: string, clock: TestClock, baseUrl: string, publisher: TestPublisher) {
    this.seed = seed;
    this.clock = clock;
    this.#baseUrl = baseUrl;
    this.#publisher = publisher;
    this.#attackerKeys = new KeySource(`attacker of ${seed}`);
    this.network = new TestNetwork(baseUrl, (path) => publisher.files.get(path));
    this.root = (publisher.files.get('metadata/1.root.json') as Uint8Array).slice();
  }

  /**
   * Publishes two releases: an empty one, which attackers go back to, and one with the targets.
   *
   * @throws TypeError and `TufError` as {@link publish}.
   */
  static async create(options: TestRepositoryOptions = {}): Promise<TestRepository> {
    const { targets, delegations, lifetimes = {}, baseUrl = 'https://updates.test' } = options;
    if (!/^https?:\/\/[^?#\s]*[^?#\s/]$/i.test(baseUrl))
      throw new TypeError('baseUrl is http or https, without a / at its end');
    const seed = String(options.seed ?? randomSeed());
    const clock = new TestClock(options.time ?? new Date('2030-01-01T00:00:00Z'));
    const publisher = await TestPublisher.open(new KeySource(seed), lifetimes);
    await publisher.publish({}, clock.now());
    await publisher.publish({ targets, delegations }, clock.now(), { renew: true });
    return new TestRepository(seed, clock, baseUrl, publisher);
  }

  /** The versions that are published. */
  get versions(): TestVersions {
    return this.#publisher.versions;
  }

  /**
   * What is published at `metadata/…` or `targets/…`, whatever faults and attackers make of it on the way: what a second server would
   * read. A copy.
   */
  published(path: string): Uint8Array | undefined {
    return this.#publisher.files.get(path)?.slice();
  }

  /** Every path that {@link published} has something at. */
  publishedPaths(): string[] {
    return [...this.#publisher.files.keys()];
  }

  /**
   * What `new Client()` takes: the pinned root, an empty store, the URLs, the clock and a transport on the network of this
   * repository that tries each request once. To test with the client's own retries, give it `fetch` in place of the
   * transport: `{ ...repository.clientOptions(), transport: undefined, fetch: repository.network.fetch }`.
   */
  clientOptions(options: TestClientOptions = {}): ClientOptions {
    const { store = memoryStore(), idleTimeoutMs = 100 } = options;
    return {
      root: this.root.slice(),
      store,
      metadataUrl: `${this.#baseUrl}/metadata`,
      targetsUrl: `${this.#baseUrl}/targets`,
      // The rate is off, since a test may run as slowly as it likes.
      transport: fetchTransport({ fetch: this.network.fetch, idleTimeoutMs, bytesPerSecondMin: 0 }),
      now: this.clock.now,
    };
  }

  /**
   * The operator publishes a release: what it says, a new version of what has expired by the clock, and always a new
   * timestamp. With nothing to say it is what an operator's timer does. Releases are made one after another.
   *
   * @throws TypeError for what does not fit what is published; `TufError` with `ERR_TUF_REPOSITORY_REFUSED` for names that no
   * repository takes. Nothing is published then.
   */
  publish(release: TestRelease = {}): Promise<TestVersions> {
    return this.#publisher.publish(release, this.clock.now());
  }

  /**
   * Mounts an attack on what is published. Several may go on at once. See `attacks` for what each does and how it ends.
   *
   * @throws TypeError for a name that is none.
   */
  async attack(name: AttackName): Promise<MountedAttack> {
    const { mount, ...attack } = attackPlan(name);
    const publisher = this.#publisher;
    const end = await mount({ publisher, network: this.network, clock: this.clock, keys: this.#attackerKeys });
    return {
      ...attack,
      end,
      recover: async () => {
        end();
        await this.publish({ rotate: attack.stolen });
      },
    };
  }
}

function randomSeed(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
