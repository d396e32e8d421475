/**
 * The commands that texts and `next` members tell people, and programs, to type: made for a POSIX shell, in which nothing
 * that others chose (the names of roles, folders, files) is anything but an argument.
 *
 * @module
 */
import { escapeText } from './escape.ts';

/** What stands for a word that the reader knows, such as `FILE`; it is written as it is. */
export interface Place {
  readonly place: string;
}

/** An option of a command with its value. */
interface OptionWord {
  readonly option: string;
  readonly value: string | Place | undefined;
}

export function place(text: string): Place {
  return { place: text };
}

/** `--name=VALUE`, so that a value that begins with a hyphen is no option; `--name PLACE`; or `--name` alone. */
export function option(name: string, value?: string | Place): OptionWord {
  return { option: name, value };
}

/**
 * A command of tufa as a shell reads it. Where an argument begins with a hyphen, all of them stand behind `--`.
 *
 * @param name the command, in our own words: `publish`, `key list`.
 * @param words its arguments and options, in any order.
 */
export function commandLine(name: string, ...words: readonly (string | Place | OptionWord)[]): string {
  const isOption = (word: string | Place | OptionWord): word is OptionWord =>
    typeof word === 'object' && 'option' in word;
  const args = words.filter((word) => !isOption(word)) as (string | Place)[];
  const isHidden = args.some((word) => typeof word === 'string' && word.startsWith('-'));
  const ordered = isHidden ? [...words.filter(isOption), place('--'), ...args] : words;
  return ['tufa', name, ...ordered.map((word) => (isOption(word) ? optionText(word) : textOf(word)))].join(' ');
}

/** How files get into a repository, for a role where one is named. */
export function addLine(folder: string, role?: string): string {
  return commandLine('add', folder, place('FILE…'), ...(role === undefined ? [] : [option('role', role)]));
}

/** One argument for a POSIX shell. What cannot be seen in it is escaped, so that it never reaches a terminal. */
export function shellWord(word: string): string {
  const seen = escapeText(word);
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(seen) ? seen : `'${seen.replaceAll("'", "'\\''")}'`;
}

function optionText({ option: name, value }: OptionWord): string {
  if (value === undefined) return `--${name}`;
  return typeof value === 'string' ? `--${name}=${shellWord(value)}` : `--${name} ${value.place}`;
}

function textOf(word: string | Place): string {
  return typeof word === 'string' ? shellWord(word) : word.place;
}
