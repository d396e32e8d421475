/**
 * Whether a PATHPATTERN matches a target path: segment by segment, equal in number; within one, `*` is any run, `?` one
 * code point, `[...]` a class and `[!...]` its complement; everything else stands for itself. Case counts on every
 * platform, a leading dot is nothing special, and time is linear in the product of the two lengths at worst: there is no
 * backtracking for a delegator's pattern to exploit. A malformed class matches
 * nothing, and so does a pattern of more than 4096 UTF-16 units: a class may list any number of ranges, and each costs.
 *
 * @spec 4.5-k, 4.5-l, 4.5-m, A-47, A-48
 */
export function matchesPattern(pattern: string, path: string): boolean {
  if (pattern.length > 4096) return false;
  const patterns = pattern.split('/');
  const segments = path.split('/');
  return (
    patterns.length === segments.length &&
    patterns.every((each, i) => matchesSegment(tokensOf(each), [...(segments[i] as string)]))
  );
}

/** `undefined` is a star; a class is a function of one character. */
type Token = undefined | ((character: string) => boolean);

const none: Token = () => false;

function tokensOf(pattern: string): Token[] {
  const characters = [...pattern];
  const tokens: Token[] = [];
  for (let i = 0; i < characters.length; i += 1) {
    const character = characters[i] as string;
    // More than one star is one.
    if (character === '*') tokens.push(...(characters[i - 1] === '*' ? [] : [undefined]));
    else if (character === '?') tokens.push(() => true);
    else if (character === '[') {
      const close = classEnd(characters, i);
      if (close === -1) return [none];
      tokens.push(classOf(characters.slice(i + 1, close)));
      i = close;
    } else tokens.push((other) => other === character);
  }
  return tokens;
}

/** A closing bracket that comes first, or first after `!`, is a member of the class. */
function classEnd(characters: readonly string[], open: number): number {
  const first = open + (characters[open + 1] === '!' ? 2 : 1);
  return characters.indexOf(']', first + 1);
}

function classOf(body: readonly string[]): Token {
  const complement = body[0] === '!';
  const members = complement ? body.slice(1) : body;
  const ranges: (readonly [number, number])[] = [];
  for (let i = 0; i < members.length; i += 1) {
    const low = (members[i] as string).codePointAt(0) as number;
    if (members[i + 1] === '-' && i + 2 < members.length) {
      const high = (members[i + 2] as string).codePointAt(0) as number;
      if (high < low) return none;
      ranges.push([low, high]);
      i += 2;
    } else ranges.push([low, low]);
  }
  return (character) => {
    const point = character.codePointAt(0) as number;
    return ranges.some(([low, high]) => point >= low && point <= high) !== complement;
  };
}

/** Follows all ends that a beginning of the pattern can have among the characters, in ascending order. */
function matchesSegment(tokens: readonly Token[], characters: readonly string[]): boolean {
  const { length } = characters;
  let ends = [0];
  for (const token of tokens) {
    const [first = length + 1] = ends;
    ends =
      token === undefined
        ? Array.from({ length: length + 1 - first }, (_, i) => first + i)
        : ends.filter((end) => end < length && token(characters[end] as string)).map((end) => end + 1);
  }
  return ends.includes(length);
}
