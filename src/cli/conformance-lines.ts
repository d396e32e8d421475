/**
 * The line protocol of the test vectors, as a client speaks it: docs/design/vectors.md.
 *
 * @module
 */
import { createInterface } from 'node:readline';
import type { ClientOptions } from '../client/client.ts';
import { answerCall, isCallName } from '../conformance/answer-call.ts';
import { type CallRequest, callNames } from '../conformance/client-under-test.ts';
import { lineProtocol } from '../conformance/line-protocol.ts';
import { refusalOf } from '../conformance/refusal.ts';
import { parseDateTime } from '../metadata/date-time.ts';
import { type JsonObject, type PlainJson, parseJson, plainJson } from '../metadata/json.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import type { Output } from './voice.ts';

/** What a request may set of the client: its clock, and its profile. */
export type Conditions = Pick<ClientOptions, 'now' | 'profile'>;

/** What a client does beside answering calls: the three commands, each rejecting where it fails. */
export interface Steps {
  init(folder: string, rootFile: string): Promise<void>;
  refresh(folder: string, metadataUrl: string, conditions?: Conditions): Promise<void>;
  download(
    folder: string,
    metadataUrl: string,
    wanted: { readonly names: readonly string[]; readonly from: string; readonly to: string },
    conditions?: Conditions,
  ): Promise<void>;
}

type Members = { readonly [member: string]: PlainJson };

/** Answers each line of `input` with a line, until it ends. */
export async function answerLines(input: NodeJS.ReadableStream, output: Output, steps: Steps): Promise<void> {
  const say = (members: Members): void => void output.write(`${JSON.stringify(members)}\n`);
  say({
    protocol: lineProtocol,
    client: 'tufa',
    calls: [...callNames, ...Object.keys(steps)],
    forms: ['olpc', 'rfc8785'],
    profiles: ['default', 'strict'],
  });
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const { id = null, ...request } = plainJson(parseJson(encodeUtf8(line)) as JsonObject) as Members;
    say({ id, ...(await answerOf(request, steps)) });
  }
}

async function answerOf(request: Members, steps: Steps): Promise<Members> {
  try {
    const { call } = request;
    if (isCallName(call)) return await answerCall(request as CallRequest);
    await take(request, steps);
    return { result: 'accept' };
  } catch (error) {
    return refused(error);
  }
}

function refused(error: unknown): Members {
  try {
    return refusalOf(error);
  } catch {
    return { error: String(error) }; // no verdict of the client's, and not to be taken for one
  }
}

function take(request: Members, { init, refresh, download }: Steps): Promise<void> {
  const { call, targetNames, time, profile } = request;
  const text = (name: string): string => {
    const value = request[name];
    if (typeof value !== 'string') throw new TypeError(`${call} needs the text ${name}`);
    return value;
  };
  const instant = time === undefined ? undefined : parseDateTime(text('time'));
  const conditions: Conditions = {
    now: instant && (() => new Date(instant.milliseconds)),
    profile: profile === 'strict' ? 'strict' : 'default',
  };
  switch (call) {
    case 'init':
      return init(text('metadataDir'), text('rootFile'));
    case 'refresh':
      return refresh(text('metadataDir'), text('metadataUrl'), conditions);
    case 'download': {
      const names = Array.isArray(targetNames) ? targetNames.map(String) : [];
      const wanted = { names, from: text('targetBaseUrl'), to: text('targetDir') };
      return download(text('metadataDir'), text('metadataUrl'), wanted, conditions);
    }
    default:
      throw new TypeError(`there is no call ${JSON.stringify(call)}`);
  }
}
