/**
 * What runs in each runtime: it asks the runner for work over HTTP and answers, until there is none. Knows nothing of where
 * it runs.
 */
import type { ClientOptions, UpdateClient } from '../../src/client/client.ts';
import type { Crypto, Store, Transport } from '../../src/client/ports.ts';
import { answerCall } from '../../src/conformance/answer-call.ts';
import { ListedStore, takeStep } from '../../src/conformance/client-step.ts';
import type { CallRequest, HeldFile } from '../../src/conformance/client-under-test.ts';
import { decodeBase64, encodeBase64 } from '../../src/metadata/base64.ts';
import { cases } from './cases.ts';

/** What differs from runtime to runtime. */
export interface Place {
  readonly Client: new (options: ClientOptions) => UpdateClient;
  readonly crypto: () => Crypto;
  /** One attempt for each request, and little patience. */
  readonly transport: () => Transport;
  /** The stores that are there, each empty and under a name of its own. */
  readonly stores: { readonly [name: string]: (id: string) => Store };
}

type File = { readonly name: string; readonly bytes: string };

/** One step of a vector: everything that the client had, and what it is asked. */
interface StepTask {
  readonly task: 'step';
  readonly root: string;
  readonly files: readonly File[];
  readonly targets: readonly File[];
  readonly metadataUrl: string;
  readonly targetsUrl: string;
  readonly profile: 'default' | 'strict';
  readonly time?: string;
  readonly download?: readonly string[];
}

type Task =
  | StepTask
  | { readonly task: 'call'; readonly request: CallRequest }
  | { readonly task: 'cases' }
  | { readonly task: 'case'; readonly name: string };

/** Works for a runner until it has nothing more. Up to `jobs` tasks at a time. */
export async function work(place: Place, origin: string, jobs = 4): Promise<void> {
  await Promise.all(Array.from({ length: jobs }, () => workOne(place, origin)));
}

async function workOne(place: Place, origin: string): Promise<void> {
  let answer: unknown;
  for (;;) {
    const response = await fetch(`${origin}/work`, { method: 'POST', body: JSON.stringify(answer ?? null) });
    const next = (await response.json()) as { id: number; task: Task } | null;
    if (next === null) return;
    answer = {
      id: next.id,
      answer: await take(place, next.task, origin).catch((error) => ({ failure: describe(error) })),
    };
  }
}

async function take(place: Place, task: Task, origin: string): Promise<unknown> {
  switch (task.task) {
    case 'call':
      return { answer: await answerCall(task.request) };
    case 'step':
      return answerStep(place, task);
    case 'cases':
      return { names: cases(place, origin).map(({ name }) => name) };
    case 'case':
      await cases(place, origin)
        .find(({ name }) => name === task.name)
        ?.run();
      return {};
  }
}

async function answerStep({ Client, crypto, transport }: Place, task: StepTask): Promise<unknown> {
  const { metadataUrl, targetsUrl, profile, time } = task;
  const store = new ListedStore();
  for (const { name, bytes } of task.files) await store.write(name, decode(bytes));
  const targets = new Map(task.targets.map(({ name, bytes }) => [name, decode(bytes)]));
  const answers = crypto();
  const client = (): UpdateClient =>
    new Client({
      root: decode(task.root),
      store,
      metadataUrl,
      targetsUrl,
      crypto: answers,
      transport: transport(),
      profile,
      ...(time === undefined ? {} : { now: () => new Date(time) }),
    });
  const outcome = await takeStep({ client, crypto: answers, targets }, task.download);
  return {
    outcome,
    files: (await store.files()).map(encoded),
    targets: [...targets].map(([name, bytes]) => encoded({ name, bytes })),
  };
}

function encoded({ name, bytes }: HeldFile): File {
  return { name, bytes: encodeBase64(bytes) };
}

function decode(text: string): Uint8Array {
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw new TypeError('no base64');
  return new Uint8Array(bytes);
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.stack ?? error}` : String(error);
}
