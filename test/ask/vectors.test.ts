/** The vectors of answers, as any other reader of them runs them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { trustAnswer } from '../../src/ask/answer.ts';
import { trustAnswerKeys } from '../../src/ask/answer-keys.ts';
import { readQuestion } from '../../src/ask/question.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { isTufError } from '../../src/errors.ts';
import { answer } from '../../src/repository/proof.ts';
import { at } from '../tools/project.mjs';

interface Vector {
  readonly id: string;
  readonly keys: string;
  readonly question: string;
  readonly targets?: readonly string[];
  readonly answer: string;
  readonly verdict: string;
}

const { vectors } = JSON.parse(readFileSync(at('spec-vectors/answers.json'), 'utf8')) as { vectors: Vector[] };
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

const verdicts: Record<string, string> = {
  ERR_TUF_ANSWER_MALFORMED: 'malformed',
  ERR_TUF_ANSWER_KEY: 'key',
  ERR_TUF_ANSWER_UNSIGNED: 'unsigned',
  ERR_TUF_ANSWER_MISMATCH: 'mismatch',
};

async function judge(vector: Vector): Promise<string> {
  const nobody = { signed: { keys: new Map(), delegations: undefined } } as never;
  try {
    const keys = await answer(trustAnswerKeys(bytes(vector.keys), nobody, nobody), nodeCrypto());
    await answer(trustAnswer(bytes(vector.answer), keys, bytes(vector.question), vector.targets), nodeCrypto());
    return 'accepted';
  } catch (error) {
    return isTufError(error) ? (verdicts[error.code] ?? error.code) : String(error);
  }
}

describe('answers', () => {
  it.each(vectors.map((vector) => [vector.id, vector] as const))('%s', async (_, vector) => {
    expect(await judge(vector)).toBe(vector.verdict);
  });

  it('are to questions that a server reads', () => {
    for (const { question, targets } of vectors) expect(readQuestion(bytes(question)).targets).toEqual(targets);
  });

  it('are many of each verdict', () => {
    const counts = new Map<string, number>();
    for (const { verdict } of vectors) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toMatchObject({ malformed: 52, mismatch: 13, unsigned: 9, key: 2 });
    expect(new Set(vectors.map(({ id }) => id)).size).toBe(vectors.length);
  });
});
