import type { CallRequest } from './client-under-test.ts';
import { contentBytes, type FileContent, pinnedAt, type Sequence, type ServedAnswer, type Step } from './sequence.ts';

const linesMax = 40;
const charactersMax = 600;

/** What a call asked, one line for each member. */
export function askedLines({ call, ...members }: CallRequest): string[] {
  return [
    `call: ${call}`,
    ...Object.entries(members).map(([name, value]) => cut(`${name}: ${memberText(name, value)}`)),
  ];
}

/** Base64 is shown as the text that it stands for, where it stands for any. */
function memberText(name: string, value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  if (name !== 'input' && name !== 'message' && name !== 'document') return value;
  return bytesText(new Uint8Array(Buffer.from(value, 'base64')));
}

/** What was new on the server and on the disk in step `i`, one line for each file. */
export function servedLines(sequence: Sequence, i: number): string[] {
  const step = sequence.steps[i] as Step;
  const pinned = pinnedAt(sequence, i);
  const lines = [
    ...(pinned === undefined ? [] : [`pinned root: ${bytesText(pinned)}`]),
    ...(step.time === undefined ? [] : [`clock: ${step.time}`]),
    ...[...step.disk].map(([name, file]) => `on the disk, ${name}: ${fileText(file)}`),
    ...[...step.diskTargets].map(([path, { now }]) => `on the disk, target ${path}: ${fileText(now)}`),
    ...(['metadata', 'targets'] as const).flatMap((folder) =>
      [...step.serve[folder]].map(([path, answers]) => `${folder}/${path}: ${answersText(answers)}`),
    ),
  ];
  const shown = lines.slice(0, linesMax).map(cut);
  return lines.length > linesMax ? [...shown, `and ${lines.length - linesMax} more`] : shown;
}

function answersText(answers: readonly ServedAnswer[] | null): string {
  if (answers === null) return 'not there any more';
  return answers.map(answerText).join(', then ');
}

function answerText({ body, bodyName, headers, ...rest }: ServedAnswer): string {
  const said = Object.entries(rest).filter(([, value]) => value !== undefined && value !== false && value !== 200);
  const faults = [...said, ...headers].map(([name, value]) => (value === true ? name : `${name} ${value}`));
  const file = body === undefined ? '' : `${bodyName ?? ''} ${fileText(body)}`;
  return [faults.join(', '), file].filter((part) => part !== '').join(': ');
}

function fileText(file: FileContent | null): string {
  if (file === null) return 'none';
  return 'bytes' in file ? bytesText(contentBytes(file)) : `${file.count} bytes ${file.byte}`;
}

/** The text of bytes, or their hex where they are none. */
function bytesText(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, charactersMax + 4));
  const text = start.toString('utf8');
  return text.includes('\ufffd') && !start.includes('\ufffd') ? `hex ${start.toString('hex')}` : text;
}

function cut(line: string): string {
  return line.length > charactersMax ? `${line.slice(0, charactersMax)}… (${line.length} characters)` : line;
}
