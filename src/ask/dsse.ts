/**
 * DSSE, version 1 of its protocol: signatures over the exact bytes of a payload and the name of its type.
 *
 * @module
 */
import { readString } from '../metadata/members.ts';
import type { Scanner } from '../metadata/scanner.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { readBase64, readConstant, readList, readOnly } from './form.ts';

/** Signatures that an envelope may have. */
const signaturesMax = 16;

/** One signed payload. */
export interface Envelope {
  readonly payload: Uint8Array;
  readonly signatures: readonly { readonly keyid: string; readonly sig: Uint8Array }[];
}

/** Reads an envelope whose payload is of this type: of no other, whatever it says inside. */
export function readEnvelope(scanner: Scanner, type: string): Envelope {
  const { payload, signatures } = readOnly(scanner, {
    payloadType: readConstant(type),
    payload: readBase64,
    signatures: () => readList(scanner, signaturesMax, () => readOnly(scanner, { keyid: readString, sig: readBase64 })),
  });
  return { payload, signatures };
}

/** What is signed: `DSSEv1 LEN TYPE LEN PAYLOAD`, the lengths in bytes. */
export function preAuthEncoding(type: string, payload: Uint8Array): Uint8Array {
  const head = encodeUtf8(`DSSEv1 ${encodeUtf8(type).length} ${type} ${payload.length} `);
  const message = new Uint8Array(head.length + payload.length);
  message.set(head);
  message.set(payload, head.length);
  return message;
}
