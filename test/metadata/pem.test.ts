import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPem, parsePem } from '../../src/metadata/pem.ts';

const bytes = Uint8Array.from({ length: 100 }, (_, index) => index * 37);
const pem = formatPem('PUBLIC KEY', bytes);
const body = Buffer.from(bytes).toString('base64');
const block = (text: string) => `-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----\n`;

describe('PEM', () => {
  it('writes lines of 64 characters and a newline at the end', () => {
    const lines = pem.split('\n');
    expect(lines[0]).toBe('-----BEGIN PUBLIC KEY-----');
    expect(lines.slice(1, -2).join('')).toBe(body);
    expect(lines.slice(1, -3).every((line) => line.length === 64)).toBe(true);
    expect(lines.slice(-2)).toEqual(['-----END PUBLIC KEY-----', '']);
  });

  it.each([
    ['as written', pem],
    ['without the last newline', pem.trimEnd()],
    ['with CRLF', pem.replaceAll('\n', '\r\n')],
    ['with white space around it', ` \t\n\n${pem}\n\n  `],
    ['in one line', block(body)],
    ['in lines of 76', block(body.replace(/.{76}/g, '$&\n'))],
    ['with blank lines', pem.replaceAll('\n', '\n\n')],
  ])('reads a block %s', (_, text) => {
    expect(parsePem(text)).toEqual({ label: 'PUBLIC KEY', bytes });
  });

  it.each([
    ['nothing', ''],
    ['no block', 'hello'],
    ['text before it', `hello\n${pem}`],
    ['text before it in its first line', `hello${pem}`],
    ['text after its first line', pem.replace('-----\n', '-----hello\n')],
    ['an end without a start', '-----END undefined-----'],
    ['text after it', `${pem}hello`],
    ['a second block', pem + pem],
    ['a header', block(`Proc-Type: 4,ENCRYPTED\n\n${body}`)],
    ['another label at the end', pem.replace('END PUBLIC', 'END PRIVATE')],
    ['no end', pem.split('\n').slice(0, -2).join('\n')],
    ['no start', pem.split('\n').slice(1).join('\n')],
    ['one line only', '-----BEGIN PUBLIC KEY-----'],
    ['its two lines run together', '-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----'],
    ['four hyphens', pem.replaceAll('-----', '----')],
    ['spaces inside a line', block(`${body.slice(0, 4)} ${body.slice(4)}`)],
    ['the URL alphabet', block('_-8=')],
    ['no padding', block('AAA')],
    ['too much padding', block('A===')],
    ['padding inside', block('AA==AAAA')],
    ['padding alone', block('====')],
    ['stray bits after one byte', block('AB==')],
    ['stray bits after two bytes', block('AAB=')],
    ['a character beyond ASCII', block('AAA\u0131')],
  ])('refuses %s', (_, text) => {
    expect(parsePem(text)).toBeUndefined();
  });

  it('reads an empty block as no bytes', () => {
    expect(parsePem('-----BEGIN X-----\n-----END X-----')).toEqual({ label: 'X', bytes: new Uint8Array() });
  });

  it('ends in time on long runs of white space', () => {
    const spaces = ' '.repeat(200_000);
    expect(parsePem(`${spaces}${pem}${spaces}`)?.bytes).toEqual(bytes);
    expect(parsePem(`-----BEGIN X-----${spaces}\n${spaces}x`)).toBeUndefined();
  });

  it('reads what it writes, and base64 as Node does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
        const text = formatPem('A B', content);
        expect(parsePem(text)).toEqual({ label: 'A B', bytes: content });
        expect(text.split('\n').slice(1, -2).join('')).toBe(Buffer.from(content).toString('base64'));
      }),
    );
  });
});
