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

const any: Token = () => true;
const none: Token = () => false;

function tokensOf(pattern: string): Token[] {
  const characters = [...pattern];
  const tokens: Token[] = [];
  for (let i = 0; i < characters.length; i += 1) {
    const character = characters[i] as string;
    if (character === '*') tokens.push(undefined);
    else if (character === '?') tokens.push(any);
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

/** Greedy matching that goes back to the last star only. */
function matchesSegment(tokens: readonly Token[], characters: readonly string[]): boolean {
  let token = 0;
  let character = 0;
  let star = -1;
  let resume = 0;
  while (character < characters.length) {
    const test = tokens[token];
    if (token < tokens.length && test === undefined) {
      star = token;
      resume = character;
      token += 1;
    } else if (test?.(characters[character] as string) === true) {
      token += 1;
      character += 1;
    } else if (star !== -1) {
      token = star + 1;
      resume += 1;
      character = resume;
    } else return false;
  }
  while (token < tokens.length && tokens[token] === undefined) token += 1;
  return token === tokens.length;
}
