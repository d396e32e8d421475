/**
 * What the check needs of the world: a place from which files are read, and for a place on the web the answers as they
 * came. Adapters are in `node/served-folder.ts` and `node/http-asker.ts`.
 *
 * @module
 */

/** The two halves of what is served. */
export type Half = 'metadata' | 'targets';

/** Why there are no bytes. */
export type NoBytes =
  | { readonly state: 'absent' }
  | { readonly state: 'too-long' }
  | { readonly state: 'unreadable'; readonly problem: string };

/** The files that a place has. */
export interface Listing {
  /** Path below what is served, such as `metadata/1.root.json`, with its bytes. */
  readonly files: ReadonlyMap<string, number>;
  /** False where there are more than were asked for. */
  readonly complete: boolean;
}

/**
 * A place from which a repository is served. Names are paths of URLs below the base of their half, escaped as clients do.
 * Nothing here throws for what the world does, but for an abort.
 */
export interface Place {
  /** For people, without secrets. */
  readonly name: string;
  /** Hands over the bytes chunk by chunk; a chunk may be reused once `sink` has returned. Says why there are none, or no more. */
  pour(half: Half, urlPath: string, bytesMax: number, sink: (chunk: Uint8Array) => void): Promise<NoBytes | undefined>;
  /** Absent where files can only be asked for by name. */
  list?(filesMax: number): Promise<Listing>;
}

/** One request of a check. Redirects are not followed. */
export interface AskRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the body that are handed over; the connection is closed at more. */
  readonly bytesMax: number;
  /** Receives the body of status 200 and 206; of others nothing is read. */
  readonly sink: (chunk: Uint8Array) => void;
}

/** How a server answered. */
export interface AskAnswer {
  readonly status: number;
  /** Names in lower case; values that stand several times are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tooLong: boolean;
}

/** Sends one GET. Throws `ERR_TUF_TRANSPORT` where there is no complete answer. */
export type Ask = (url: string, request: AskRequest) => Promise<AskAnswer>;
