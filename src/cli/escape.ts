/**
 * Foreign text on its way to a terminal, a log or a file of JSON: names, paths, `custom`, URLs and whatever an error quotes
 * of them are chosen by others, and the reader is a person or a CI job.
 *
 * @spec A-71
 * @module
 */

/**
 * Characters that move a cursor, colour, hide or reorder text: C0 and C1 controls, bidi and other format characters,
 * line and paragraph separators, unassigned and private ones, lone surrogates.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u2028\u2029]/gu;
/** What begins a command of GitHub Actions, Azure Pipelines or TeamCity, which look for it anywhere in a line. */
const command = /##(?=[a-z]*\[)/gi;

/** One line of plain text: what cannot be seen is shown as `\u{HEX}`, and no workflow command of a CI begins in it. */
export function escapeText(text: string): string {
  return text
    .replace(unseen, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`)
    .replace(command, '#\\#')
    .replace(/^(\s*)::/, '$1\\::');
}

/**
 * A JSON document for stdout: two blanks of indentation, one newline at the end, what cannot be seen as `\uXXXX`, and what
 * would begin a command of a CI likewise.
 */
export function jsonText(document: unknown): string {
  const text = JSON.stringify(
    document,
    (_, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value),
    2,
  );
  // In this text no control stands raw but the newlines that indent it.
  const seen = text.replace(unseen, (character) => (character === '\n' ? character : escapedUnits(character)));
  return `${seen.replace(command, '#\\u0023')}\n`;
}

function escapedUnits(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }).join('');
}
