/** SSH agents for tests: the one of OpenSSH with keys of its own, and one that says what a test wants. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const openSsh = ['ssh-agent', 'ssh-add', 'ssh-keygen'] as const;

/** Why the agent of OpenSSH cannot be tried here; `undefined` where it can. */
export const whyNoOpenSsh: string | undefined = openSsh.some((name) => spawnSync(name, ['-?']).error !== undefined)
  ? 'skipped: ssh-agent, ssh-add and ssh-keygen are not installed (Debian: openssh-client)'
  : undefined;
if (whyNoOpenSsh !== undefined) process.stderr.write(`${whyNoOpenSsh}\n`);

/** The agent of OpenSSH in a folder of its own. */
export class OpenSshAgent {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'tufa-agent-'));
  readonly socket: string = join(this.folder, 'socket');
  #agent: ChildProcess | undefined;

  /** Starts it; where a key has to be confirmed, what it asks is written to `asked`, and answered by the file `answer`. */
  async start(): Promise<void> {
    const askpass = this.#script(
      'askpass',
      `echo "$1" >> '${this.folder}/asked'\nexit "$(cat '${this.folder}/answer')"`,
    );
    this.answer(false);
    const env = { ...process.env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' };
    this.#agent = spawn(openSsh[0], ['-D', '-a', this.socket], { env, stdio: 'ignore' });
    while (!existsSync(this.socket)) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Whether the person at the agent confirms. */
  answer(confirms: boolean): void {
    writeFileSync(join(this.folder, 'answer'), confirms ? '0' : '1');
  }

  /** Makes a key, in a file that the agent does not know yet. */
  key(name: string, ...options: readonly string[]): string {
    const path = join(this.folder, name);
    run('ssh-keygen', ['-q', '-N', '', '-C', name, '-f', path, ...options]);
    return path;
  }

  /** `ssh-add`; where it asks for a password, it gets `locked away`. */
  add(...args: readonly string[]): void {
    const askpass = this.#script('password', 'echo locked away');
    const env = { ...process.env, SSH_AUTH_SOCK: this.socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
    run('ssh-add', ['-q', ...args], env);
  }

  /** The fingerprint of a key as OpenSSH writes it. */
  fingerprint(path: string): string {
    return run('ssh-keygen', ['-l', '-f', path]).split(' ')[1] as string;
  }

  /** Ends the agent and removes its folder. */
  stop(): void {
    this.#agent?.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get asked(): string {
    return readFileSync(join(this.folder, 'asked'), 'utf8');
  }

  #script(name: string, text: string): string {
    const path = join(this.folder, `${name}.sh`);
    writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o700 });
    return path;
  }
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new TypeError(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
export const text = (value: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([u32(bytes.length), bytes]);
};
/** A whole answer: its length, its type, its parts. */
export const framed = (type: number, ...parts: readonly Uint8Array[]): Buffer =>
  text(Buffer.concat([Buffer.of(type), ...parts]));
/** The list of keys. */
export const identities = (...entries: readonly (readonly [blob: Uint8Array, comment: string])[]): Buffer =>
  framed(12, u32(entries.length), ...entries.flatMap(([blob, comment]) => [text(blob), text(comment)]));

/** What a served agent does with a request: gives bytes, or does something to the connection. */
export type Answerer = (request: Buffer, socket: Socket) => Uint8Array | undefined;

/** An agent that answers each request as told, by the number of the request. */
export async function serveAgent(answer: Answerer): Promise<{ readonly socket: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'tufa-agent-'));
  const socket = join(folder, 'socket');
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    let received = Buffer.alloc(0);
    connection.on('error', () => {});
    connection.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < 4 + received.readUInt32BE(0)) return;
      const bytes = answer(received.subarray(4), connection);
      received = Buffer.alloc(0);
      if (bytes !== undefined) connection.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const close = async (): Promise<void> => {
    for (const connection of connections) connection.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  };
  return { socket, close };
}
