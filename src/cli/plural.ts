/** So many of something, for people: `1 target`, `2 targets`. The noun is one that takes an s. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
