import type { Output } from './voice.ts';

/** The world of a command: tests and `npm start` bring their own. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  now(): Date;
  /** Ends the command; its reason is thrown. */
  readonly signal: AbortSignal;
}
