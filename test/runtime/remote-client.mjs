/** A worker in another runtime as a client under test: every step ships what the client has there and back. */
import { callNames } from '../../dist/conformance/index.js';

const encode = ({ name, bytes }) => ({ name, bytes: Buffer.from(bytes).toString('base64') });
const decode = ({ name, bytes }) => ({ name, bytes: new Uint8Array(Buffer.from(bytes, 'base64')) });

/**
 * @param runner the server that the worker asks for work.
 * @param bufferedMax see the client under test.
 */
export function remoteClient(runner, name, bufferedMax) {
  return {
    name,
    calls: new Set(callNames),
    forms: new Set(['olpc', 'rfc8785']),
    profiles: new Set(['default', 'strict']),
    sequences: { by: 'in-process' },
    canContinue: false,
    clockSkipped: undefined,
    bufferedMax,
    ask: (request) => runner.ask({ task: 'call', request }),
    begin: async (place) => new RemoteTrial(runner, place),
    close: async () => {},
  };
}

class RemoteTrial {
  #runner;
  #place;
  #root;
  #files = new Map();
  #targets = new Map();

  constructor(runner, place) {
    this.#runner = runner;
    this.#place = place;
  }

  async init(root) {
    this.#root = root;
    if (!this.#files.has('root.json')) this.#files.set('root.json', root);
    return { result: 'accept' };
  }

  async change(name, bytes) {
    if (bytes === null) this.#files.delete(name);
    else this.#files.set(name, bytes);
  }

  async changeTarget(was, now) {
    for (const [path, bytes] of this.#targets) {
      if (!Buffer.from(bytes).equals(was)) continue;
      if (now === null) this.#targets.delete(path);
      else this.#targets.set(path, now);
    }
  }

  async step({ download, time, profile }) {
    const { metadataUrl, targetsUrl } = this.#place;
    const listed = (files) => [...files].map(([name, bytes]) => encode({ name, bytes }));
    const answer = await this.#runner.ask({
      task: 'step',
      root: encode({ bytes: this.#root }).bytes,
      files: listed(this.#files),
      targets: listed(this.#targets),
      metadataUrl,
      targetsUrl,
      profile,
      time,
      download,
    });
    if (answer.failure !== undefined) return { failure: answer.failure };
    const byName = (files) => new Map(files.map(decode).map(({ name, bytes }) => [name, bytes]));
    this.#files = byName(answer.files);
    this.#targets = byName(answer.targets);
    return answer.outcome;
  }

  async held() {
    const listed = (files) => [...files].map(([name, bytes]) => ({ name, bytes }));
    const isMetadata = ({ name }) => name.endsWith('.json') && !name.includes('/');
    return { metadata: listed(this.#files).filter(isMetadata), targets: listed(this.#targets) };
  }

  async end() {
    return [];
  }
}
