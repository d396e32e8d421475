import type { Signer } from '../repository/signer.ts';
import type { Output } from './voice.ts';

/** The world of a command: tests and `npm start` bring their own. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  now(): Date;
  /** Keys that were decrypted before, by path, for those who run one command after another. */
  readonly openedKeys?: Map<string, Promise<Signer>> | undefined;
  /** Ends the command; its reason is thrown. */
  readonly signal: AbortSignal;
}
