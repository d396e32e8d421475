import type { AnyTufError } from '../errors.ts';
import type { UpdateEvent } from '../workflow/question.ts';

/**
 * What a client reports: every verdict, and what is tolerated but worth knowing. Text in events comes from metadata:
 * escape it before it is shown.
 */
export type ClientEvent =
  | UpdateEvent
  /** A file or target was refused; the call rejects with the same error. */
  | { readonly type: 'refused'; readonly error: AnyTufError };

/** The events of one type. */
export type ClientEventOf<T extends ClientEvent['type']> = Extract<ClientEvent, { readonly type: T }>;

/** Calls listeners. A listener that throws does not end an update; its error surfaces as an uncaught one. */
export class Listeners {
  readonly #listeners = new Map<string, Set<(event: never) => void>>();

  add<T extends ClientEvent['type']>(type: T, listener: (event: ClientEventOf<T>) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  /** Whether anyone listens for a type. */
  has(type: ClientEvent['type']): boolean {
    return (this.#listeners.get(type)?.size ?? 0) > 0;
  }

  emit(event: ClientEvent): void {
    for (const listener of this.#listeners.get(event.type) ?? []) {
      try {
        (listener as (event: ClientEvent) => void)(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
