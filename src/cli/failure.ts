import { isTufError, type TufErrorFamily } from '../errors.ts';

/** The exit codes of every command. Success is 0. */
const exitCodes = { refused: 1, usage: 2, unavailable: 3, conflict: 4, aborted: 130 } as const;

const byFamily: Record<TufErrorFamily, number> = {
  format: exitCodes.refused,
  security: exitCodes.refused,
  unavailable: exitCodes.unavailable,
  conflict: exitCodes.conflict,
  operator: exitCodes.conflict,
};

/** What was typed cannot be meant. */
export class UsageError extends TypeError {
  /** What to type instead; without it, the help of the command is named. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}

/** The user ended the command. */
export class Aborted extends TypeError {
  constructor() {
    super('aborted');
    this.name = 'Aborted';
  }
}

/** How a command ends for an error: its exit code, the document for `--json`, and the lines for people. */
export interface Failure {
  readonly exitCode: number;
  readonly document: { readonly error: { readonly code: string; readonly message: string } };
  readonly lines: readonly string[];
}

export function failureOf(error: unknown): Failure {
  if (error instanceof Aborted) return failure(exitCodes.aborted, 'ERR_TUF_ABORTED', 'aborted', undefined, {});
  if (error instanceof UsageError)
    return failure(exitCodes.usage, 'ERR_TUF_USAGE', error.message, error.hint ?? 'see tufa --help', {});
  if (isTufError(error)) {
    return failure(
      byFamily[error.family],
      error.code,
      error.message,
      error.hint,
      error.evidence,
      causes(error.cause, error.message),
    );
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const hint = 'this is a defect of tufa, or a use that it does not foresee: please report it with the command';
  return failure(
    exitCodes.conflict,
    'ERR_TUF_INTERNAL',
    message,
    hint,
    {},
    causes((error as Error | undefined)?.cause),
  );
}

function failure(
  exitCode: number,
  code: string,
  message: string,
  hint: string | undefined,
  evidence: object,
  because: readonly string[] = [],
): Failure {
  const document = { error: { code, message, ...(hint === undefined ? {} : { hint }), ...evidence } };
  const lines = [
    message,
    ...because.map((cause) => `because: ${cause}`),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ];
  return { exitCode, document, lines };
}

/** Whether all that the system says is a code that was said: `ENOENT: no such file or directory, open 'x'`. */
function isCodeIn(error: Error, text: string | undefined): boolean {
  const [code = ''] = /^E[A-Z0-9]+(?=: )/.exec(error.message) ?? [];
  return code !== '' && text?.includes(`(${code})`) === true;
}

/** The messages of what led to a failure, the nearest first; one that only repeats the one before it says nothing. */
function causes(cause: unknown, before?: string): string[] {
  const found: string[] = [];
  let last = before;
  for (let each = cause; each instanceof Error && found.length < 4; each = each.cause) {
    // What OpenSSL says in its numbers helps nobody who reads it.
    const isSaid = last?.includes(each.message) === true || isCodeIn(each, last);
    if (!isSaid && !/^error:[0-9A-F]{8}:/.test(each.message)) found.push(each.message);
    last = each.message;
  }
  return found;
}
