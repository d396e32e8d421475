export {
  type AnyTufError,
  isTufError,
  type RejectedSignature,
  TufError,
  type TufErrorCode,
  type TufErrorEvidence,
  type TufErrorFamily,
} from '../errors.ts';
export type { CanonicalForm } from '../metadata/canonical-json.ts';
export type { Profile } from '../metadata/document.ts';
export type { PlainJson } from '../metadata/json.ts';
export { defaultLimits, type Limits } from '../metadata/limits.ts';
export { memoryStore } from '../store/memory.ts';
export type { UpdateEvent } from '../workflow/question.ts';
export type { Offline } from '../workflow/state.ts';
export type {
  CallOptions,
  ClientOptions,
  DownloadOptions,
  Floor,
  Platform,
  Refreshed,
  RefreshOptions,
  Target,
  UpdateClient,
} from './client.ts';
export type { ClientEvent, ClientEventOf } from './event.ts';
export type { Mirrors, MirrorsOptions, MirrorUrls } from './mirrors.ts';
export type {
  Crypto,
  Resume,
  Sink,
  Store,
  Transport,
  TransportOutcome,
  TransportRequest,
} from './ports.ts';
