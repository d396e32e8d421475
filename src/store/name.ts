/**
 * Throws `TypeError` for a name that no store keeps: the encoder of `metadata/file-name.ts` makes none such.
 *
 * A name is a file, or a folder and a file, of lower-case ASCII letters, digits, `.`, `_`, `-` and `%` with what it
 * escapes; neither begins or ends with a dot, since a store's own files begin with one and some systems drop the last.
 * The file ends in `.json` or has no dot, so that a store can tell its files from those of others.
 *
 * @spec
 */
export function checkName(name: string): void {
  if (!isStoreName(name)) throw new TypeError(`a store keeps no file named ${JSON.stringify(name)}`);
}

/** Whether {@link checkName} lets a name pass. */
export function isStoreName(name: string): boolean {
  const segments = name.split('/');
  return segments.length <= 2 && segments.every(isSegment) && /^[^.]+$|\.json$/.test(segments.at(-1) as string);
}

/** Whether a name can be that of a folder or a file of a store. */
export function isSegment(text: string): boolean {
  return text.length <= 255 && /^(?:[a-z0-9._-]|%[0-9A-F]{2}|%)+$/.test(text) && !/^\.|\.$/.test(text);
}
