/**
 * Why a text that `JSON.parse` takes is not metadata, found without the sources: the platform's parser decides on grammar,
 * and this on what it lets through.
 */
const token = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[{}[\]:,]|true|false|null/g;

export type Reason = 'not JSON' | 'duplicate' | 'number' | 'surrogate' | 'depth';

export function reasonAgainst(bytes: Uint8Array, depthMax = 64): Reason | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  return reasonInTokens(text.match(token) ?? [], depthMax);
}

function reasonInTokens(tokens: readonly string[], depthMax: number): Reason | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (const [i, each] of tokens.entries()) {
    if (each === '{' || each === '[') {
      open.push(each === '{' ? new Set() : undefined);
      if (open.length > depthMax) return 'depth';
    } else if (each === '}' || each === ']') open.pop();
    else if (each.startsWith('"')) {
      const chars = JSON.parse(each) as string;
      if (/\p{Surrogate}/u.test(chars)) return 'surrogate';
      if (tokens[i + 1] !== ':') continue;
      const names = open[open.length - 1] as Set<string>;
      if (names.has(chars)) return 'duplicate';
      names.add(chars);
    } else if (/^-?[0-9]/.test(each) && (!/^-?[0-9]+$/.test(each) || each === '-0' || !isSafe(each))) return 'number';
  }
  return undefined;
}

function isSafe(digits: string): boolean {
  const value = BigInt(digits);
  const most = 2n ** 53n - 1n;
  return value <= most && value >= -most;
}
