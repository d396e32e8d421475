/**
 * tufa itself as a client under test, in this process and in memory: what the line protocol and the command line ask of a
 * program, without starting one.
 *
 * @module
 */
import type { Crypto, Transport, TransportOutcome, TransportRequest } from '../client/ports.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { TufError } from '../errors.ts';
import { Client } from '../index.node.ts';
import { httpTransport } from '../transport/http.ts';
import { answerCall } from './answer-call.ts';
import { isMetadataFile, ListedStore, takeStep } from './client-step.ts';
import {
  type CallAnswer,
  type CallRequest,
  type ClientUnderTest,
  callNames,
  type Held,
  type StepCommand,
  type StepOutcome,
  type Trial,
  type TrialPlace,
} from './client-under-test.ts';
import { rememberedCrypto } from './remembered-crypto.ts';
import { isSameBytes } from './same-document.ts';
import type { Scenario } from './scenario.ts';
import { contentBytes, type ServedAnswer } from './sequence.ts';

/** tufa, in this process. */
export function inProcessClient(): ClientUnderTest {
  const crypto = rememberedCrypto(nodeCrypto());
  return {
    name: 'tufa',
    calls: new Set(callNames),
    forms: new Set(['olpc', 'rfc8785']),
    profiles: new Set(['default', 'strict']),
    sequences: { by: 'in-process' },
    canContinue: false,
    clockSkipped: undefined,
    ask,
    begin: async (place) => new MemoryTrial(place, crypto),
    close: async () => {},
  };
}

async function ask(request: CallRequest): Promise<CallAnswer> {
  try {
    return { answer: await answerCall(request) };
  } catch (error) {
    return { failure: String(error) };
  }
}

class MemoryTrial implements Trial {
  readonly #place: TrialPlace;
  readonly #crypto: Crypto;
  readonly #store = new ListedStore();
  readonly #targets = new Map<string, Uint8Array>();
  #root: Uint8Array | undefined;

  constructor(place: TrialPlace, crypto: Crypto) {
    this.#place = place;
    this.#crypto = crypto;
  }

  /** A new process: whatever was in memory is gone but the store. */
  async init(root: Uint8Array): Promise<StepOutcome> {
    this.#root = root;
    if ((await this.#store.read('root.json', Number.MAX_SAFE_INTEGER)) === undefined) {
      await this.#store.write('root.json', root);
    }
    return { result: 'accept' };
  }

  async change(name: string, bytes: Uint8Array | null): Promise<void> {
    if (bytes === null) await this.#store.remove(name);
    else await this.#store.write(name, bytes);
  }

  async changeTarget(was: Uint8Array, now: Uint8Array | null): Promise<void> {
    for (const [path, bytes] of this.#targets) {
      if (!isSameBytes(bytes, was)) continue;
      if (now === null) this.#targets.delete(path);
      else this.#targets.set(path, now);
    }
  }

  step({ download, time, profile }: StepCommand): Promise<StepOutcome> {
    const { scenario, metadataUrl, targetsUrl } = this.#place;
    const client = (): Client =>
      new Client({
        root: this.#root as Uint8Array,
        store: this.#store,
        metadataUrl,
        targetsUrl,
        crypto: this.#crypto,
        transport: scenarioTransport(scenario, [metadataUrl, targetsUrl]),
        profile,
        ...(time === undefined ? {} : { now: () => new Date(time) }),
      });
    return takeStep({ client, crypto: this.#crypto, targets: this.#targets }, download);
  }

  async held(): Promise<Held> {
    return {
      metadata: (await this.#store.files()).filter(isMetadataFile),
      targets: [...this.#targets].map(([name, bytes]) => ({ name, bytes })),
    };
  }

  async end(): Promise<readonly string[]> {
    return [];
  }
}

/**
 * Plain files and their absence are handed over as they are; every fault is fetched over HTTP from the server of the
 * scenario, since faults are what a transport is for.
 */
function scenarioTransport(scenario: Scenario, [metadataUrl = '', targetsUrl = '']: readonly string[]): Transport {
  const overHttp = httpTransport();
  const pathOf = (url: string): string | undefined => {
    if (url.startsWith(metadataUrl)) return `metadata/${url.slice(metadataUrl.length)}`;
    return url.startsWith(targetsUrl) ? `targets/${url.slice(targetsUrl.length)}` : undefined;
  };
  return {
    async get(url, request) {
      const path = pathOf(url);
      const next = path === undefined ? undefined : scenario.peek(path);
      if (path === undefined || (next !== undefined && !isPlain(next))) {
        return next?.stall === undefined ? overHttp.get(url, request) : untilStalled(overHttp, scenario, url, request);
      }
      const { request: seen, answer } = scenario.answer(path);
      if (answer === undefined) return { outcome: 'unavailable', status: 404 };
      if (answer === 'drop' || answer.body === undefined) return overHttp.get(url, request);
      const bytes = contentBytes(answer.body);
      seen.taken = bytes.length;
      if (bytes.length > request.bytesMax) return { outcome: 'too-long' };
      await request.sink.start(bytes.length);
      await request.sink.write(bytes);
      return { outcome: 'complete' };
    },
  };
}

/**
 * Gives a stalled server up as soon as it says that it has stalled, as a client does when its patience is at an end: a busy
 * machine would else be taken for one. Real patience is a matter of the tests of the transports, and of the command line.
 */
async function untilStalled(
  transport: Transport,
  scenario: Scenario,
  url: string,
  request: TransportRequest,
): Promise<TransportOutcome> {
  const controller = new AbortController();
  const gaveUp = new TufError('ERR_TUF_TRANSPORT', `${url}: nothing more came`, { url }, { hint: 'try again' });
  const forget = scenario.onStall(() => controller.abort(gaveUp));
  try {
    return await transport.get(url, { ...request, signal: controller.signal });
  } finally {
    forget();
  }
}

function isPlain(answer: ServedAnswer): boolean {
  const isOrdinary = answer.status === 200 && answer.redirect === undefined && answer.headers.length === 0;
  const isBroken = answer.drop !== undefined || answer.stall !== undefined || answer.contentLength !== undefined;
  return isOrdinary && !isBroken && !answer.chunked && !answer.gzip && !answer.endless && answer.body !== undefined;
}
