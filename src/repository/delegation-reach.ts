import type { DelegatedRole, SuccinctRoles } from '../metadata/delegations.ts';

/** How many elementary steps the comparisons of foreign names may take together; once it is spent, it stays so. */
export class StepBudget {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  get isSpent(): boolean {
    return this.#left < 0;
  }

  /** False where there are not as many left. */
  take(steps: number): boolean {
    if (this.#left >= 0) this.#left -= steps;
    return this.#left >= 0;
  }
}

/**
 * Whether some path matches two PATHPATTERNs: segment by segment, where `*` is any run and `?` one character. A class is
 * taken for any one character, so that the answer errs towards yes; it is yes, too, where the budget is spent.
 *
 * @spec 4.5-k, 4.5-l, A-47
 */
export function patternsOverlap(a: string, b: string, budget: StepBudget): boolean {
  // As long a pattern matches nothing.
  if (a.length > 4096 || b.length > 4096) return false;
  if (!budget.take(a.length + b.length)) return true;
  const [first, second] = [a.split('/'), b.split('/')];
  return (
    first.length === second.length && first.every((segment, i) => segmentsOverlap(segment, second[i] as string, budget))
  );
}

function segmentsOverlap(a: string, b: string, budget: StepBudget): boolean {
  if (!budget.take(a.length * b.length)) return true;
  const [first, second] = [tokensOf(a), tokensOf(b)];
  if (!first.includes('*') && !second.includes('*') && first.length !== second.length) return false;
  // reach[j]: whether what has been read of the first pattern and j tokens of the second match one text.
  const runs = second.findIndex((token) => token !== '*');
  let reach = Array.from({ length: second.length + 1 }, (_, j) => j <= (runs === -1 ? second.length : runs));
  for (const token of first) {
    const next: boolean[] = [(reach[0] as boolean) && token === '*'];
    second.forEach((other, j) => {
      const isRun = token === '*' || other === '*';
      const together = isRun || token === '?' || other === '?' || token === other;
      // A run takes nothing, or what the other pattern has here.
      next.push(((reach[j] as boolean) && together) || (isRun && ((reach[j + 1] as boolean) || (next[j] as boolean))));
    });
    reach = next;
  }
  return reach.at(-1) as boolean;
}

/** Characters, `?` for any one and `*` for any run. */
function tokensOf(segment: string): string[] {
  const tokens: string[] = [];
  const characters = [...segment];
  for (let i = 0; i < characters.length; i += 1) {
    const character = characters[i] as string;
    const close = character === '[' ? characters.indexOf(']', i + 2) : -1;
    if (close !== -1) {
      tokens.push('?');
      i = close;
    } else tokens.push(character);
  }
  return tokens;
}

/** Whether two delegations are trusted with the same paths, written alike. */
export function isSameReach(a: DelegatedRole, b: DelegatedRole | undefined): boolean {
  const text = ({ paths, pathHashPrefixes }: DelegatedRole): string =>
    JSON.stringify([paths ?? null, pathHashPrefixes ?? null]);
  return b !== undefined && text(a) === text(b);
}

/** Whether paths fall into the same bins. */
export function isSameBins(a: SuccinctRoles | undefined, b: SuccinctRoles | undefined): boolean {
  return a?.bitLength === b?.bitLength && a?.namePrefix === b?.namePrefix;
}
