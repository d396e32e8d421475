import { Scanner, type Spelling } from './scanner.ts';
import { compareCodePoints } from './utf8.ts';

/**
 * The members of one JSON object: their names, and where each value stands, in written order. A value is read when it is
 * asked for. Where names ascend, as in every canonical file, a look-up is a binary search.
 */
export class Entries {
  readonly names: readonly string[];
  readonly #scanner: Scanner;
  readonly #offsets: number[] = [];
  readonly #ascending: boolean;
  #byName: Map<string, number> | undefined;

  /**
   * Reads the object that comes next in a scanner.
   *
   * @param member how almost every member is spelled, see {@link Spelling}.
   * @param check checks the value of a member that is spelled in another way.
   * @param passed called for each member in that spelling, with the text of its value.
   */
  constructor(scanner: Scanner, member: RegExp, check: () => void, passed?: (from: number, end: number) => void) {
    const usual: Spelling = {
      member,
      passed: (from, end) => {
        this.#offsets.push(from);
        passed?.(from, end);
      },
    };
    const { names, ascending } = scanner.object(() => {
      this.#offsets.push(scanner.at);
      check();
    }, usual);
    this.#scanner = scanner;
    this.names = names;
    this.#ascending = ascending;
  }

  /** The position of a member in written order. */
  indexOf(name: string): number | undefined {
    if (!this.#ascending) {
      this.#byName ??= new Map(this.names.map((each, index) => [each, index]));
      return this.#byName.get(name);
    }
    let low = 0;
    let high = this.names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compareCodePoints(this.names[middle] as string, name);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  /** A scanner before the value of a member. */
  find(name: string): Scanner | undefined {
    const index = this.indexOf(name);
    const { text, role, depthMax: depth } = this.#scanner;
    return index === undefined ? undefined : new Scanner(text, { role, depth }, this.#offsets[index]);
  }
}
