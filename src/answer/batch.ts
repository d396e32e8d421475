import { type AnswerState, writeAnswer, writeState } from '../ask/answer.ts';
import { preAuthEncoding } from '../ask/dsse.ts';
import { batchMax, stateType } from '../ask/form.ts';
import { leafOf, treeOf } from '../ask/merkle.ts';
import type { Crypto } from '../client/ports.ts';
import type { Instant } from '../metadata/date-time.ts';
import { answer } from '../repository/proof.ts';
import type { Signer } from '../repository/signer.ts';

/** One question that waits for a signature. */
interface Waiting {
  readonly meta: AnswerState['meta'];
  readonly question: Uint8Array;
  readonly decisions: Uint8Array;
  resolve(answer: Uint8Array): void;
  reject(error: unknown): void;
}

/** Answers questions, as many by one signature as have come while the last one was made. */
export class Batch {
  readonly #signer: Signer;
  readonly #keyid: string;
  readonly #crypto: Crypto;
  readonly #lifetime: number;
  readonly #now: () => Date;
  #waiting: Waiting[] = [];
  #isAtWork = false;
  /** Signatures made so far. */
  signatures = 0;

  constructor(signer: Signer, keyid: string, crypto: Crypto, lifetime: number, now: () => Date) {
    this.#signer = signer;
    this.#keyid = keyid;
    this.#crypto = crypto;
    this.#lifetime = lifetime;
    this.#now = now;
  }

  /** Questions that wait. */
  get size(): number {
    return this.#waiting.length;
  }

  answer(meta: AnswerState['meta'], question: Uint8Array, decisions: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ meta, question, decisions, resolve, reject });
      if (!this.#isAtWork) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isAtWork = true;
    // What arrives in the same turn of the event loop is answered together.
    await new Promise((resolve) => setTimeout(resolve));
    while (this.#waiting.length > 0) {
      const { meta } = this.#waiting[0] as Waiting;
      // One payload tells one state.
      const batch = this.#waiting.filter((each) => each.meta === meta).slice(0, batchMax);
      const taken = new Set(batch);
      this.#waiting = this.#waiting.filter((each) => !taken.has(each));
      try {
        await this.#sign(meta, batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isAtWork = false;
  }

  async #sign(meta: AnswerState['meta'], batch: readonly Waiting[]): Promise<void> {
    const leaves: Uint8Array[] = [];
    for (const { question, decisions } of batch) leaves.push(await answer(leafOf(question, decisions), this.#crypto));
    const { head, paths } = await answer(treeOf(leaves), this.#crypto);
    const state = {
      issued: wholeSeconds(this.#now()),
      lifetime: this.#lifetime,
      tree: { size: batch.length, head },
      meta,
    };
    const payload = writeState(state);
    const sig = await this.#signer.sign(preAuthEncoding(stateType, payload));
    this.signatures += 1;
    const envelope = { payload, signatures: [{ keyid: this.#keyid, sig }] };
    for (const [i, { decisions, resolve }] of batch.entries()) {
      resolve(writeAnswer(envelope, i, paths[i] ?? [], decisions));
    }
  }
}

function wholeSeconds(date: Date): Instant {
  return { milliseconds: Math.floor(date.getTime() / 1000) * 1000, nanoseconds: 0 };
}
