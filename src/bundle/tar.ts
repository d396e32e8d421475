/**
 * Tar in the one form that bundles have (docs/design/bundle.md): regular files, uncompressed, with owner 0 and time 0; a name of more than
 * 100 bytes or outside ASCII stands in one pax record before its file. A reader makes the header again from what it read and compares: what
 * is spelled otherwise is refused, so two readers see one thing.
 *
 * @module
 */
import { decodeUtf8, encodeUtf8, isWellFormed } from '../metadata/utf8.ts';

export const blockBytes = 512;
/** The largest file that eleven octal digits can tell. */
export const fileBytesMax: number = 8 ** 11 - 1;
/** UTF-8 bytes of a name. */
export const nameBytesMax = 4096;

const nameMax = 100;
/** What stands for a name that is in the pax record. */
const elsewhere = 'long-name';
const paxName = 'pax-header';

/** What a header block tells. */
export interface TarHeader {
  readonly name: string;
  readonly size: number;
  readonly type: 'file' | 'pax';
}

/** The blocks before the content of a file. */
export function headerOf(name: string, size: number): Uint8Array {
  const bytes = encodeUtf8(name);
  if (isPlain(name)) return block(name, size, '0');
  const record = paxRecord(bytes);
  const whole = new Uint8Array(2 * blockBytes + padded(record.length));
  whole.set(block(paxName, record.length, 'x'));
  whole.set(record, blockBytes);
  whole.set(block(elsewhere, size, '0'), whole.length - blockBytes);
  return whole;
}

function isPlain(name: string): boolean {
  return name.length <= nameMax && /^[ -~]*$/.test(name) && name !== elsewhere && name !== paxName;
}

/** `LENGTH path=NAME\n`, where the length counts itself. */
function paxRecord(name: Uint8Array): Uint8Array {
  const rest = name.length + ' path=\n'.length;
  let length = rest + String(rest).length;
  if (rest + String(length).length > length) length += 1;
  const head = encodeUtf8(`${length} path=`);
  const record = new Uint8Array(length);
  record.set(head);
  record.set(name, head.length);
  record[length - 1] = 0x0a;
  return record;
}

function block(name: string, size: number, type: '0' | 'x'): Uint8Array {
  const header = new Uint8Array(blockBytes);
  const put = (at: number, text: string): void => header.set(encodeUtf8(text), at);
  put(0, name);
  put(100, '0000644\0');
  put(108, '0000000\0');
  put(116, '0000000\0');
  put(124, `${size.toString(8).padStart(11, '0')}\0`);
  put(136, '00000000000\0');
  put(148, ' '.repeat(8));
  put(156, type);
  put(257, 'ustar\0');
  put(263, '00');
  put(329, '0000000\0');
  put(337, '0000000\0');
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return header;
}

/** A length with the zeros up to the next block. */
export function padded(length: number): number {
  return Math.ceil(length / blockBytes) * blockBytes;
}

/** What a header tells, or `undefined` where it is not spelled as {@link headerOf} spells it. */
export function readHeader(header: Uint8Array): TarHeader | undefined {
  const end = header.indexOf(0);
  const name = String.fromCharCode(...header.subarray(0, Math.min(nameMax, end)));
  const size = Number.parseInt(String.fromCharCode(...header.subarray(124, 135)), 8);
  const type = header[156] === 0x78 ? 'x' : '0';
  if (!/^[ -~]+$/.test(name) || !(size >= 0)) return undefined;
  const again = block(name, size, type);
  if (!again.every((byte, i) => byte === header[i])) return undefined;
  if ((type === 'x') !== (name === paxName)) return undefined;
  return { name, size, type: type === 'x' ? 'pax' : 'file' };
}

/** Whether the name of a file is that of a pax record before it. */
export function isElsewhere({ name }: TarHeader): boolean {
  return name === elsewhere;
}

/** The name in a pax record, or `undefined` where it is another record, or one that was not needed. */
export function readPaxRecord(record: Uint8Array): string | undefined {
  const space = record.indexOf(0x20);
  const start = space + ' path='.length;
  let name: string;
  try {
    name = decodeUtf8(record.slice(start, -1));
  } catch {
    return undefined; // bytes that are not UTF-8 are no name
  }
  const again = paxRecord(encodeUtf8(name));
  const isSame = again.length === record.length && again.every((byte, i) => byte === record[i]);
  return isSame && !isPlain(name) ? name : undefined;
}

/**
 * Whether an entry may have a name: relative, well-formed, without empty, `.` or `..` parts, backslashes or control characters, in a folder
 * that bundles have.
 */
export function isEntryName(name: string): boolean {
  if (!isWellFormed(name) || encodeUtf8(name).length > nameBytesMax) return false;
  if (name.includes('\\') || /\p{Cc}/u.test(name)) return false;
  const parts = name.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return false;
  if (name === headName) return true;
  return parts[0] === 'metadata'
    ? parts.length === 2 && name.endsWith('.json')
    : parts[0] === 'targets' && parts.length > 1;
}

/** The first entry. */
export const headName = 'bundle.json';
