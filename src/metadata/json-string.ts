/** The text of one string of a JSON text, quotes included, whose grammar a scanner has checked. */
export function unescaped(token: string): string {
  return JSON.parse(token) as string;
}

/**
 * What ends the plain stretch of a string: a quote, a backslash, a control. To be searched for, since matching what is
 * plain would take stack for each character.
 */
export const endOfPlain: RegExp = /[^ !#-[\]-\uffff]/g;

/** An escape, sticky. A surrogate pair is one escape; a lone surrogate is none. */
export const anEscape: RegExp =
  /\\(?:["\\/bfnrt]|u(?:[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F]|(?![dD][89a-fA-F])[0-9a-fA-F]{2})[0-9a-fA-F]{2})/y;
