/**
 * A client of the SSH agent protocol (draft-ietf-sshm-ssh-agent): the two requests that a signer needs. Nothing that an
 * agent says is believed: lengths are checked and bounded, and what it signs is verified by the caller.
 *
 * @module
 */
import { createConnection, type Socket } from 'node:net';
import type { TufError } from '../errors.ts';
import { signerError } from './signer-error.ts';
import { SshReader, sshString, uint32 } from './ssh-agent-wire.ts';

/** A key that an agent holds. */
export interface AgentIdentity {
  /** The public half in the form of SSH. */
  readonly blob: Uint8Array;
  /** Chosen by whoever added it: to be escaped where it is shown. */
  readonly comment: string;
}

/** How an agent is asked. */
export interface AgentCall {
  /** What errors name. */
  readonly uri: string;
  /** The path of its socket, as `SSH_AUTH_SOCK` has it. */
  readonly socket: string | undefined;
  /** Milliseconds until an answer is there whole. A person may have to unlock it, or to touch a device. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What OpenSSH's agent takes and gives at most, without the length before it. */
const messageBytesMax = 262_144;

const numbers = { failure: 5, requestIdentities: 11, identitiesAnswer: 12, signRequest: 13, signResponse: 14 } as const;

/**
 * The keys that an agent says it holds, certificates included, in its order. A locked agent says that it holds none.
 *
 * @throws TufError `ERR_TUF_SIGNER` where there is no agent, or none that speaks the protocol.
 */
export async function agentIdentities(call: AgentCall): Promise<AgentIdentity[]> {
  const answer = await ask(call, Buffer.of(numbers.requestIdentities));
  if (answer[0] === numbers.failure)
    throw signerError(call.uri, 'cannot be looked for: the agent lists no keys', checkAgent);
  const reader = new SshReader(answer.subarray(1));
  const count = reader.uint32();
  const identities: AgentIdentity[] = [];
  for (let i = 0; count !== undefined && i < count; i += 1) {
    const [blob, comment] = [reader.string(), reader.string()];
    if (blob === undefined || comment === undefined) break;
    identities.push({ blob, comment: Buffer.from(comment).toString('utf8') });
  }
  if (answer[0] === numbers.identitiesAnswer && identities.length === count && reader.isAtEnd) return identities;
  throw malformed(call.uri);
}

/**
 * The signature of `message` by a key that the agent holds, as a blob of SSH; `undefined` where it refuses, for whatever
 * reason: the protocol does not tell.
 *
 * @throws TufError `ERR_TUF_SIGNER` as above, and where the message is longer than agents take.
 */
export async function agentSignature(
  call: AgentCall,
  blob: Uint8Array,
  message: Uint8Array,
): Promise<Uint8Array | undefined> {
  const request = Buffer.concat([Buffer.of(numbers.signRequest), sshString(blob), sshString(message), uint32(0)]);
  if (request.length > messageBytesMax) {
    const hint = 'sign this role with a key of another kind, or divide its targets among delegated roles';
    throw signerError(
      call.uri,
      `cannot sign ${message.length} bytes: an agent takes at most ${messageBytesMax} with the key`,
      hint,
    );
  }
  const answer = await ask(call, request);
  if (answer[0] === numbers.failure) {
    if (answer.length > 1) throw malformed(call.uri);
    return undefined;
  }
  const reader = new SshReader(answer.subarray(1));
  const signature = reader.string();
  if (answer[0] !== numbers.signResponse || signature === undefined || !reader.isAtEnd) throw malformed(call.uri);
  return signature;
}

/** One request on a connection of its own, and the one answer to it, of at least one byte. */
function ask(call: AgentCall, request: Uint8Array): Promise<Uint8Array> {
  const { uri, socket: path, timeoutMs, signal } = call;
  signal?.throwIfAborted();
  if (path === undefined || path === '') {
    const hint = 'start an agent (eval "$(ssh-agent)") and add the key with ssh-add, or run this where one is';
    throw signerError(uri, 'needs an agent, and SSH_AUTH_SOCK names none', hint);
  }
  return new Promise((resolve, reject) => {
    let socket: Socket | undefined;
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket?.destroy();
      finish();
    };
    const fail = (error: unknown): void => settle(() => reject(error));
    const onAbort = (): void => fail(signal?.reason);
    const timer = setTimeout(() => fail(late(uri, timeoutMs)), timeoutMs);
    signal?.addEventListener('abort', onAbort);
    const answer = new Answer();
    try {
      socket = createConnection(path);
    } catch (cause) {
      // A path that no socket can have.
      fail(unreachable(uri, path, cause));
      return;
    }
    socket.on('error', (cause) => fail(answer.isBegun ? cutShort(uri, cause) : unreachable(uri, path, cause)));
    socket.on('connect', () => socket?.write(Buffer.concat([uint32(request.length), request])));
    socket.on('data', (chunk: Buffer) => {
      const state = answer.add(chunk);
      if (state === 'whole') settle(() => resolve(answer.message()));
      else if (state === 'malformed') fail(malformed(uri));
    });
    socket.on('close', () => fail(cutShort(uri)));
  });
}

/** The bytes of an answer as they arrive. */
class Answer {
  #bytes = Buffer.alloc(0);

  get isBegun(): boolean {
    return this.#bytes.length > 0;
  }

  add(chunk: Buffer): 'more' | 'whole' | 'malformed' {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (this.#bytes.length < 4) return 'more';
    const length = this.#bytes.readUInt32BE(0);
    // Whoever says more than one answer to one question is no agent.
    if (length === 0 || length > messageBytesMax || this.#bytes.length > 4 + length) return 'malformed';
    return this.#bytes.length === 4 + length ? 'whole' : 'more';
  }

  message(): Uint8Array {
    return this.#bytes.subarray(4);
  }
}

const checkAgent = 'see that SSH_AUTH_SOCK names an ssh-agent: ssh-add -l';

function malformed(uri: string): TufError<'ERR_TUF_SIGNER'> {
  return signerError(uri, 'gets a malformed answer from the agent', checkAgent);
}

function cutShort(uri: string, cause?: unknown): TufError<'ERR_TUF_SIGNER'> {
  return signerError(uri, 'gets no whole answer: the agent closed the connection', checkAgent, cause);
}

function unreachable(uri: string, path: string, cause: unknown): TufError<'ERR_TUF_SIGNER'> {
  const code = (cause as NodeJS.ErrnoException).code;
  const hint =
    code === 'EACCES' || code === 'EPERM'
      ? 'the agent belongs to somebody else: use your own'
      : 'the agent has ended, or this is another machine: start one and set SSH_AUTH_SOCK';
  return signerError(uri, `reaches no agent at ${path}, which SSH_AUTH_SOCK names`, hint, cause);
}

function late(uri: string, timeoutMs: number): TufError<'ERR_TUF_SIGNER'> {
  const hint = 'confirm when the agent or the device asks, and run it again; it may be waiting for you elsewhere';
  return signerError(uri, `gets no answer from the agent within ${timeoutMs / 1000} s`, hint);
}
