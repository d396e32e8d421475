/**
 * Foreign text on its way into HTML and XML: what a client wrote and what a vector serves is chosen by others, and a report
 * is opened in a browser or read by a CI.
 *
 * @spec A-71
 * @module
 */

/** What moves, hides or reorders text, and what XML cannot hold. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u2028\u2029]/gu;
const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as content or as a quoted attribute. What cannot be seen is shown as `\u{HEX}`; with `isLong` newlines stay. */
export function escapeMarkup(text: string, isLong = false): string {
  return text
    .replace(unseen, (character) =>
      isLong && character === '\n' ? character : `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
    )
    .replace(/[&<>"']/g, (character) => marks[character] as string);
}
