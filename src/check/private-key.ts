import { decodeUtf8Lossily } from '../metadata/utf8.ts';

/** Bytes of a file that are looked at: a key begins with its marker, or with a few lines that describe it. */
export const beginningBytes = 4096;

/** The first bytes of a file as it streams by. */
export class Beginning {
  readonly #bytes = new Uint8Array(beginningBytes);
  #length = 0;

  add(chunk: Uint8Array): void {
    const part = chunk.subarray(0, beginningBytes - this.#length);
    this.#bytes.set(part, this.#length);
    this.#length += part.length;
  }

  /**
   * Whether a private key begins here: in PEM (PKCS#8, PKCS#1, SEC 1, OpenSSH), in PGP's armor, as ssh.com or PuTTY write it;
   * also in UTF-16, as some shells write text.
   */
  isPrivateKey(): boolean {
    const text = decodeUtf8Lossily(this.#bytes.subarray(0, this.#length)).replaceAll('\0', '');
    return /-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|---- BEGIN SSH2 [A-Z ]*PRIVATE KEY ----|PuTTY-User-Key-File-\d/.test(
      text,
    );
  }
}
