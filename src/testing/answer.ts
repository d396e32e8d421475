/** What a server sends back, as a value that faults and attacks change before it becomes a `Response`. */
export interface Answer {
  /** 200 to 599. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** `endless` for zero bytes without end. */
  readonly body: Uint8Array | 'endless';
  /** Content-Length; none where it is `undefined`. */
  readonly length: number | undefined;
  /** Bytes in each piece of the body; after each comes a turn of the event loop where `isSlow`. */
  readonly pieceBytes: number;
  readonly isSlow: boolean;
  /** What follows the body: its end, a broken connection, or nothing until the request is aborted. */
  readonly end: 'whole' | 'broken' | 'stalled';
}

const pieceBytes = 65_536;

/** A whole answer, or one without a body for `undefined`: 404. */
export function answerOf(body: Uint8Array | undefined, status: number = body === undefined ? 404 : 200): Answer {
  const bytes = body ?? new Uint8Array();
  return { status, headers: {}, body: bytes, length: bytes.length, pieceBytes, isSlow: false, end: 'whole' };
}

/** The response as `fetch` gives it. An abort of `signal` errors the body with its reason. */
export function responseOf(answer: Answer, url: string, signal: AbortSignal | undefined): Response {
  const { status, length } = answer;
  const headers = { ...answer.headers, ...(length === undefined ? {} : { 'content-length': String(length) }) };
  const body = [204, 205, 304].includes(status) ? null : streamOf(answer, signal);
  const response = new Response(body, { status, headers });
  Object.defineProperty(response, 'url', { value: url });
  return response;
}

/** A connection that fails, as every engine reports it. */
export function noConnection(url: string): TypeError {
  return new TypeError(`fetch failed: ${url}`);
}

function streamOf(answer: Answer, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const { body, end, isSlow } = answer;
  let at = 0;
  let onAbort = (): void => {};
  const stop = (): void => signal?.removeEventListener('abort', onAbort);
  const next = (): Uint8Array => {
    if (body === 'endless') return new Uint8Array(answer.pieceBytes);
    const piece = body.slice(at, at + answer.pieceBytes);
    at += piece.length;
    return piece;
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        onAbort = () => controller.error(signal?.reason);
        signal?.addEventListener('abort', onAbort, { once: true });
      },
      async pull(controller) {
        if (isSlow) await new Promise((resolve) => setTimeout(resolve));
        const piece = next();
        if (piece.length > 0) controller.enqueue(piece);
        else if (end === 'stalled') await new Promise(() => {});
        else {
          stop();
          if (end === 'whole') controller.close();
          else controller.error(new TypeError('terminated: the connection broke off'));
        }
      },
      cancel: stop,
    },
    { highWaterMark: 0 },
  );
}
