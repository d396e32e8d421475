type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * How many characters are looked at while `work` runs: those that expressions, searches, slices and codecs pass over. An
 * operation count in place of a clock.
 */
export function countedCharacters(work: () => void): number {
  let looks = 0;
  const restore: (() => void)[] = [];
  const count = (
    of: object,
    name: string,
    cost: (self: unknown, args: unknown[], result: unknown, from: number) => number,
  ): void => {
    const property = Object.getOwnPropertyDescriptor(of, name) as PropertyDescriptor;
    const real = property.value as Method;
    restore.push(() => Object.defineProperty(of, name, property));
    Object.defineProperty(of, name, {
      ...property,
      value(this: unknown, ...args: unknown[]) {
        const from = this instanceof RegExp && (this.global || this.sticky) ? this.lastIndex : 0;
        const result = real.apply(this, args);
        looks += cost(this, args, result, from) - from;
        return result;
      },
    });
  };
  const length = (value: unknown): number => (value as { length: number }).length;
  count(RegExp.prototype, 'test', (self, [text], found, from) => {
    const { global, sticky, lastIndex } = self as RegExp;
    if (found === true) return global || sticky ? lastIndex : length(text);
    // A sticky expression that does not match is given up within its bound.
    return sticky ? from + 1 : length(text);
  });
  count(String.prototype, 'slice', (_, __, result) => length(result));
  count(String.prototype, 'replace', (self) => length(self));
  count(String.prototype, 'matchAll', (self) => length(self));
  count(
    String.prototype,
    'indexOf',
    (self, [, from], at) => (at === -1 ? length(self) : Number(at)) - Number(from ?? 0),
  );
  count(TextEncoder.prototype, 'encode', (_, [text]) => length(text));
  count(TextDecoder.prototype, 'decode', (_, [bytes]) => length(bytes));
  count(JSON, 'parse', (_, [text]) => length(text));
  try {
    work();
  } finally {
    for (const each of restore) each();
  }
  return looks;
}
