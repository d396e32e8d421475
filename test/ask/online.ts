/** A repository of `tufa/testing` with an answer server, and clients that ask it over a network that can be tampered with. */

import { writeAnswerKeys } from '../../src/answer/answer-key-list.ts';
import { type AnswerHandlerOptions, handlerOn } from '../../src/answer/handler.ts';
import { type AskingOptions, asking } from '../../src/ask.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { Client, type ClientOptions } from '../../src/index.node.ts';
import { generateKey, KeySigner } from '../../src/node/index.ts';
import type { Signer } from '../../src/repository/signer.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { TestRepository } from '../../src/testing/repository.ts';

/** What stands between a client and the answer server. */
export type Tamper = (send: (request: Request) => Promise<Response>, request: Request) => Promise<Response>;

export class Online {
  readonly repository: TestRepository;
  readonly signer: Signer;
  readonly handle: (request: Request) => Promise<Response>;
  /** Every question that reached the network. */
  readonly questions: Uint8Array[] = [];
  readonly errors: unknown[] = [];
  tamper: Tamper = (send, request) => send(request);

  private constructor(repository: TestRepository, signer: Signer, options: Partial<AnswerHandlerOptions>) {
    this.repository = repository;
    this.signer = signer;
    this.handle = handlerOn(nodeCrypto(), {
      files: { read: async (path) => repository.published(path) },
      root: repository.root,
      signer,
      refreshMs: 0,
      now: repository.clock.now,
      onError: (error) => this.errors.push(error),
      ...options,
    });
  }

  static async open(
    options: Partial<AnswerHandlerOptions> = {},
    listed?: (signer: Signer) => Uint8Array,
    onSign: () => void = () => {},
  ): Promise<Online> {
    const own = new KeySigner(await generateKey('ed25519'));
    const sign = (message: Uint8Array): Promise<Uint8Array> => {
      onSign();
      return own.sign(message);
    };
    const signer: Signer = { key: own.key, sign };
    const list = listed?.(signer) ?? writeAnswerKeys([signer.key]);
    const targets = { 'app.txt': 'release 1', 'other.txt': 'other', 'tufa/answer-keys.json': list };
    return new Online(await TestRepository.create({ seed: 7, targets }), signer, options);
  }

  /** The operator lists another key, and answers with it. */
  async replaceKey(): Promise<void> {
    const signer = new KeySigner(await generateKey('ed25519'));
    const { repository } = this;
    await repository.publish({ targets: { 'tufa/answer-keys.json': writeAnswerKeys([signer.key]) } });
    const files = { read: async (path: string) => repository.published(path) };
    const handle = handlerOn(nodeCrypto(), { files, root: repository.root, signer, now: repository.clock.now });
    this.tamper = (_, request) => handle(request);
  }

  /** The metadata of now is served, whatever is published from here on; gives what ends it. */
  freeze(): () => void {
    return this.repository.network.replace(
      'timestamp.json',
      this.repository.published('metadata/timestamp.json') as Uint8Array,
    );
  }

  asking(options: Partial<AskingOptions> = {}) {
    const send: typeof fetch = async (input, init) => {
      const request = new Request(input, init);
      this.questions.push(new Uint8Array(await request.clone().arrayBuffer()));
      return this.tamper(this.handle, request);
    };
    return asking({ url: 'https://answers.test/ask', policy: 'require', graceMs: 0, fetch: send, ...options });
  }

  /** A client that asks. */
  client(options: Partial<AskingOptions> = {}, more: Partial<ClientOptions> = {}): Client {
    const store = memoryStore();
    return new Client({ ...this.repository.clientOptions({ store }), asking: this.asking(options), ...more });
  }
}
