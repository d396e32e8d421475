/** JSON values, and every way to spell them, for property tests. Shares no code with the sources. */
import fc from 'fast-check';

/** A value in the range that metadata can hold; objects are lists of members, so that order and names are free. */
export type Tree = null | boolean | number | string | readonly Tree[] | Members;

export class Members {
  readonly list: readonly (readonly [string, Tree])[];

  constructor(list: readonly (readonly [string, Tree])[]) {
    this.list = list;
  }
}

/** Names and texts that readers go wrong on, beside any others. */
const oddTexts = [
  ...['', '"', '\\', '/', '~', '~1', '\u0000', '\n', '\u007f', '\u2028', '\ud83d\ude00', '\ue000', '\uffff'],
  ...['__proto__', 'constructor', 'toString', '10', '9', 'e\u0301', '\u00e9', 'signed', 'hashes', '\u{10ffff}'],
];

export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 2, arbitrary: fc.constantFrom(...oddTexts) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 30 }) },
);

const integer: fc.Arbitrary<number> = fc.oneof(
  fc.maxSafeInteger().map((value) => value + 0),
  fc.constantFrom(0, 1, -1, 9, 10, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);

const { tree } = fc.letrec<{ tree: Tree; array: Tree[]; object: Members }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Tree>(null, true, false),
    integer,
    text,
    tie('array'),
    tie('object'),
  ),
  array: fc.array(tie('tree'), { maxLength: 5 }),
  object: fc
    .uniqueArray(fc.tuple(text, tie('tree')), { selector: ([name]) => name, maxLength: 6 })
    .map((list) => new Members(list)),
}));

export { tree };

/** Any object. */
export const object: fc.Arbitrary<Members> = fc
  .uniqueArray(fc.tuple(text, tree), { selector: ([name]) => name, maxLength: 12 })
  .map((list) => new Members(list));

/** Which liberties a writer takes. */
export interface Spelling {
  readonly blanks: boolean;
  readonly shuffle: boolean;
  readonly escapes: boolean;
  readonly seed: number;
}

export const spelling: fc.Arbitrary<Spelling> = fc.record({
  blanks: fc.boolean(),
  shuffle: fc.boolean(),
  escapes: fc.boolean(),
  seed: fc.nat(),
});

/** Compact, in the written order, with as few escapes as JSON allows. */
export const plainSpelling: Spelling = { blanks: false, shuffle: false, escapes: false, seed: 0 };

/** The text of a value in one of its spellings. */
export function spell(value: Tree, options: Spelling = plainSpelling): string {
  const random = randomFrom(options.seed);
  const blank = (): string =>
    options.blanks ? (['', ' ', '\n', '\t', '\r\n', '  '][Math.floor(random() * 6)] ?? '') : '';
  const quoted = (chars: string): string =>
    `"${[...chars].map((each) => spellCharacter(each, options.escapes ? random : () => 1)).join('')}"`;
  const write = (node: Tree): string => {
    if (typeof node === 'string') return quoted(node);
    if (node instanceof Members) {
      const list = options.shuffle ? shuffled(node.list, random) : node.list;
      const members = list.map(
        ([name, item]) => `${blank()}${quoted(name)}${blank()}:${blank()}${write(item)}${blank()}`,
      );
      return `{${members.length === 0 ? blank() : members.join(',')}}`;
    }
    if (Array.isArray(node)) {
      const items = (node as readonly Tree[]).map((item) => `${blank()}${write(item)}${blank()}`);
      return `[${items.length === 0 ? blank() : items.join(',')}]`;
    }
    return String(node);
  };
  return `${blank()}${write(value)}${blank()}`;
}

const shortEscapes: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function spellCharacter(character: string, random: () => number): string {
  const byNumber = (): string =>
    character
      .split('')
      .map((unit) => {
        const hex = unit.charCodeAt(0).toString(16).padStart(4, '0');
        return `\\u${random() < 0.5 ? hex : hex.toUpperCase()}`;
      })
      .join('');
  const choice = random();
  if (choice < 0.2) return byNumber();
  const short = shortEscapes[character];
  const must = character < ' ' || character === '"' || character === '\\';
  if (short !== undefined && (must || choice < 0.5)) return short;
  return must ? byNumber() : character;
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}

/** A number from 0 to 1 at each call, the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** As plain data whose objects have no prototype. */
export function plainOf(value: Tree): unknown {
  if (value instanceof Members) {
    const plain = Object.create(null) as Record<string, unknown>;
    for (const [name, item] of value.list) plain[name] = plainOf(item);
    return plain;
  }
  return Array.isArray(value) ? (value as readonly Tree[]).map(plainOf) : value;
}

/** As the maps that the reader gives. */
export function mapsOf(value: Tree): unknown {
  if (value instanceof Members) return new Map(value.list.map(([name, item]) => [name, mapsOf(item)]));
  return Array.isArray(value) ? (value as readonly Tree[]).map(mapsOf) : value;
}

export const utf8 = (chars: string): Uint8Array => new Uint8Array(Buffer.from(chars));

/** A text with some of its bytes replaced, removed, repeated or moved. */
export function mutated(bytes: Uint8Array, seed: number): Uint8Array {
  const random = randomFrom(seed);
  const list = [...bytes];
  const below = (n: number): number => Math.floor(random() * n);
  for (let count = 1 + below(3); count > 0 && list.length > 0; count -= 1) {
    const at = below(list.length);
    const choices = [
      () => list.splice(at, 1, below(256)),
      () => list.splice(at, 1, ...Buffer.from('{}[]:,"\\0123456789.eE-+tfn u'.charAt(below(29)))),
      () => list.splice(at, 1),
      () => list.splice(at, 0, ...list.slice(at, at + below(12))),
      () => list.splice(at, below(8)),
      () => list.splice(0, 0, 0xef, 0xbb, 0xbf),
    ];
    choices[below(choices.length)]?.();
  }
  return Uint8Array.from(list);
}
