import { type CanonicalForm, quoted } from './canonical-json.ts';
import { Scanner } from './scanner.ts';
import { compareCodePoints, encodeUtf8 } from './utf8.ts';

/**
 * The canonical bytes of a JSON text, made in one pass and without a tree: bytes that nobody has verified may hold tens of
 * millions of values. Takes the memory of the text, of the result, and of the names of the objects that are open; an
 * object whose names do not ascend is put in order by one copy of it, so bytes are moved once for each such level at most.
 *
 * @param depth deepest nesting.
 * @throws {@link TufError} `ERR_TUF_MALFORMED`.
 * @spec A-01, 4-b, 4.1-a
 */
export function canonicalBytes(document: Uint8Array, form: CanonicalForm, depth: number): Uint8Array {
  const scanner = new Scanner(document, { depth });
  // No value has a shorter spelling than its canonical one: what is escaped there cannot stand unescaped in JSON.
  const output = new Uint8Array(document.length);
  let end = 0;
  // Whether there may be characters above U+FFFF, as such or escaped: the orders of names differ by them only.
  const astral = /[\ud800-\udfff]|\\u[dD]/.test(scanner.text);
  const compare = astral && form === 'olpc' ? compareCodePoints : compareUnits;
  const quote = quoted[form];

  const write = (text: string): void => {
    for (let i = 0; i < text.length; i += 1) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) {
        const rest = encodeUtf8(text.slice(i));
        output.set(rest, end);
        end += rest.length;
        return;
      }
      output[end] = unit;
      end += 1;
    }
  };
  /** Every member and item is written with a comma before it; the first comma gives way to the bracket. */
  const enclose = (start: number, open: string, close: string): void => {
    if (end === start) end += 1;
    output[start] = open.charCodeAt(0);
    write(close);
  };
  const value = (): void => {
    const first = scanner.peek();
    const start = end;
    if (first === '{') {
      const names: string[] = [];
      const starts: number[] = [];
      const ascending = scanner.object((name) => {
        names.push(name);
        starts.push(end);
        write(`,${quote(name)}:`);
        value();
      });
      // The scanner knows the order of code points only.
      if (!ascending || (astral && form === 'rfc8785')) {
        reorder(output.subarray(start, end), names, starts, compare);
      }
      enclose(start, '{', '}');
    } else if (first === '[') {
      scanner.array(() => {
        write(',');
        value();
      });
      enclose(start, '[', ']');
    } else write(first === '"' ? quote(scanner.string()) : String(scanner.scalar()));
  };

  value();
  scanner.finish();
  return output.subarray(0, end);
}

/** Puts members in order, of which the first begins with `region` and each ends where the next one starts. */
function reorder(
  region: Uint8Array,
  names: readonly string[],
  starts: readonly number[],
  compare: (a: string, b: string) => number,
): void {
  const copy = region.slice();
  const base = starts[0] as number;
  let to = 0;
  const order = names.map((_, i) => i).sort((a, b) => compare(names[a] as string, names[b] as string));
  for (const i of order) {
    const member = copy.subarray((starts[i] as number) - base, (starts[i + 1] ?? base + copy.length) - base);
    region.set(member, to);
    to += member.length;
  }
}

function compareUnits(a: string, b: string): number {
  return a < b ? -1 : 1;
}
