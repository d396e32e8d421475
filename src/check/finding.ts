import { TufError } from '../errors.ts';
import { type CheckCode, checkCodes, type Severity } from './codes.ts';

/** Where a finding is. */
export interface About {
  readonly role?: string | undefined;
  /** A target path. */
  readonly path?: string | undefined;
  /** Below what is served, such as `metadata/timestamp.json`. */
  readonly file?: string | undefined;
  /** JSON pointer into the file. */
  readonly pointer?: string | undefined;
}

/** One thing that was found. Texts may hold names that others chose: escape them where they are shown. */
export interface Finding extends About {
  readonly code: CheckCode;
  readonly severity: Severity;
  /** What was found here, one clause for people. */
  readonly text: string;
  /** What to do next. */
  readonly hint: string;
}

/** Findings of one code that are kept; the others are counted. */
const keptPerCode = 100;
/** UTF-16 units of one text. */
const textMax = 600;
/** Names that one text lists. */
const namesMax = 5;

/** What was found, in the order in which it was. */
export class Findings {
  readonly all: Finding[] = [];
  readonly #counts = new Map<CheckCode, number>();

  add(code: CheckCode, about: About, text: string, hint?: string): void {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    if (count > keptPerCode) return;
    const { severity, advice } = checkCodes[code];
    this.all.push({ code, severity, ...defined(about), text: shortened(text), hint: hint ?? advice });
  }

  /** What a client would say, under a code of ours. */
  refusal(code: CheckCode, about: About, error: TufError): void {
    const { pointer } = error.evidence as { readonly pointer?: string };
    this.add(code, { ...about, pointer }, error.message);
  }

  /** How many there are of each code beyond those that are kept. */
  omitted(): Partial<Record<CheckCode, number>> {
    const over = [...this.#counts].filter(([, count]) => count > keptPerCode);
    return Object.fromEntries(over.map(([code, count]) => [code, count - keptPerCode]));
  }

  /** How many there are of each severity, those that are not kept included. */
  counts(): Record<Severity, number> {
    const counts = { error: 0, warning: 0, note: 0 };
    for (const [code, count] of this.#counts) counts[checkCodes[code].severity] += count;
    return counts;
  }
}

/** `a, b, c and 7 more`. */
export function some(names: readonly string[], total: number = names.length): string {
  const shown = names.slice(0, namesMax).map((name) => shortened(name, 120));
  return total > shown.length ? `${shown.join(', ')} and ${total - shown.length} more` : shown.join(', ');
}

/** The number with its noun. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Runs a check that refuses by an error, and gives that error. */
export async function refusalOf(check: () => unknown): Promise<TufError | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (error instanceof TufError) return error;
    throw error;
  }
}

function shortened(text: string, max: number = textMax): string {
  return text.length <= max ? text : `${text.slice(0, max)}…`;
}

function defined(about: About): About {
  return Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined));
}
