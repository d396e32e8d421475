import { describe, expect, it } from 'vitest';
import { webCrypto } from '../../src/crypto/web-crypto.ts';
import { TufError } from '../../src/errors.ts';
import { Client, type ClientOptions, memoryStore, type Store } from '../../src/index.node.ts';
import { Client as PortableClient } from '../../src/index.ts';
import { attacks, TestRepository } from '../../src/testing/index.ts';

const path = 'app.tgz';
const version1 = 'the first version';
const version2 = 'the second one, which is longer';

/** An application: it holds what it has installed, and installs what its client hands out. */
class App {
  installed: string | undefined;
  readonly #client: Client | PortableClient;

  constructor(client: Client | PortableClient) {
    this.#client = client;
  }

  async update(): Promise<void> {
    await this.#client.refresh();
    const target = await this.#client.find(path);
    if (target !== undefined) this.installed = new TextDecoder().decode(await this.#client.download(target));
  }
}

async function codeOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    return error.code;
  }
}

const make: Record<string, (options: ClientOptions) => Client | PortableClient> = {
  'the client of Node': (options) => new Client(options),
  'the client of all others': (options) => new PortableClient({ ...options, crypto: webCrypto() }),
};

describe.each(Object.entries(make))('%s', (_, clientOf) => {
  describe.each(attacks)('under $name [$id]', ({ name, refusedBy, refusedAt, needsBaseline, stolen }) => {
    it('keeps what is installed, and updates once the operator has answered', async () => {
      const repository = await TestRepository.create({ seed: name, targets: { [path]: version1 } });
      const app = new App(clientOf(repository.clientOptions()));
      await app.update();
      await repository.publish({ targets: { [path]: version2 } });
      const attack = await repository.attack(name);
      expect(refusedBy).toContain(await codeOf(() => app.update()));
      expect(app.installed).toBe(version1);
      // It stays refused, and nothing is handed out, as long as it goes on.
      expect(refusedBy).toContain(await codeOf(() => app.update()));
      expect(app.installed).toBe(version1);
      await attack.recover();
      await app.update();
      expect(app.installed).toBe(version2);
      for (const role of stolen) expect(repository.versions.root, `${role} has a new key`).toBe(2);
    });

    it('is refused by the call that the list names, also in a process that has just started', async () => {
      const repository = await TestRepository.create({ seed: name, targets: { [path]: version1 } });
      const store = memoryStore();
      if (needsBaseline) await new App(clientOf(repository.clientOptions({ store }))).update();
      await repository.attack(name);
      const client = clientOf(repository.clientOptions({ store }));
      const refreshed = await codeOf(() => client.refresh());
      if (refusedAt === 'refresh') {
        expect(refusedBy).toContain(refreshed);
        return;
      }
      expect(refreshed).toBeUndefined();
      const target = await client.find(path);
      if (target === undefined) expect.unreachable('the target is listed');
      expect(refusedBy).toContain(await codeOf(() => client.download(target)));
    });
  });
});

describe('attacks', () => {
  const trusting = async (): Promise<{ repository: TestRepository; store: Store; client: Client }> => {
    const repository = await TestRepository.create({ seed: 'attacks', targets: { [path]: version1 } });
    const store = memoryStore();
    const client = new Client(repository.clientOptions({ store }));
    await client.refresh();
    return { repository, store, client };
  };

  it('are listed once each, and no two do the same', () => {
    expect(new Set(attacks.map(({ name }) => name)).size).toBe(attacks.length);
    expect(new Set(attacks.map(({ story }) => story)).size).toBe(attacks.length);
    expect(Object.isFrozen(attacks) && attacks.every((attack) => Object.isFrozen(attack))).toBe(true);
  });

  it('need a baseline exactly where the list says so: a client without one takes what is signed [T32]', async () => {
    for (const { name, needsBaseline, refusedAt } of attacks) {
      const { repository } = await trusting();
      await repository.attack(name);
      const code = await codeOf(() => new Client(repository.clientOptions()).refresh());
      expect([name, code === undefined]).toEqual([name, needsBaseline || refusedAt === 'download']);
    }
  });

  it('end when the attacker leaves, where he has taken no key', async () => {
    for (const { name } of attacks.filter(({ stolen }) => stolen.length === 0)) {
      const { repository, client } = await trusting();
      await repository.publish();
      (await repository.attack(name)).end();
      await client.refresh();
    }
  });

  it('leave a client behind that refuses the operator after a fast-forward, until the keys are new [T5]', async () => {
    const { repository, client } = await trusting();
    const attack = await repository.attack('fast-forward');
    expect(await codeOf(() => client.refresh())).toBe('ERR_TUF_VERSION_MISMATCH');
    attack.end();
    await repository.publish();
    expect(await codeOf(() => client.refresh())).toBe('ERR_TUF_ROLLBACK');
    await attack.recover();
    expect(await client.refresh()).toMatchObject(repository.versions);
  });

  it('may go on together', async () => {
    const { repository, client } = await trusting();
    const page = await repository.attack('captive-portal');
    const old = await repository.attack('rollback');
    expect(await codeOf(() => client.refresh())).toBe('ERR_TUF_MALFORMED');
    page.end();
    expect(await codeOf(() => client.refresh())).toBe('ERR_TUF_ROLLBACK');
    old.end();
    await client.refresh();
  });

  it('are refused by name', async () => {
    const { repository } = await trusting();
    await expect(repository.attack('phishing' as 'freeze')).rejects.toThrow(TypeError);
  });
});
