import { parseDateTime } from '../metadata/date-time.ts';
import type { UpdateContext } from '../workflow/state.ts';
import type { ClientOptions, Floor } from './client.ts';

/** Throws `TypeError` for what would fail later, or worse: be taken for the default. */
export function checkOptions(options: ClientOptions): void {
  const { root, store, metadataUrl, targetsUrl = metadataUrl, now } = options;
  const { mirrors, asking, profile = 'default', canonicalForm = 'olpc' } = options;
  const isUrl = (url: unknown): boolean => /^https?:\/\//i.test(String(url));
  const holds = {
    root: root instanceof Uint8Array,
    store: typeof store?.exclusive === 'function',
    metadataUrl: isUrl(metadataUrl),
    targetsUrl: isUrl(targetsUrl),
    now: now === undefined || typeof now === 'function',
    asking: asking === undefined || typeof asking.timeOf === 'function',
    mirrors: mirrors === undefined || typeof mirrors.begin === 'function',
    profile: /^(default|strict)$/.test(profile),
    canonicalForm: /^(olpc|rfc8785)$/.test(canonicalForm),
  };
  for (const [name, isSo] of Object.entries(holds)) {
    if (!isSo) throw new TypeError(`the option ${name} is missing or not as ClientOptions describes it`);
  }
}

/** Throws `TypeError` for what no refresh can be told to accept. */
export function checkOffline(accepted: unknown): void {
  const { maxAgeMs } = typeof accepted === 'object' ? ({ ...accepted } as { maxAgeMs?: unknown }) : { maxAgeMs: 0 };
  const isKnown = typeof accepted === 'object' || accepted === 'strict' || accepted === 'allow-expired';
  if (isKnown && typeof maxAgeMs === 'number' && maxAgeMs >= 0) return;
  throw new TypeError('offline is "strict", "allow-expired" or { maxAgeMs }, in milliseconds');
}

/** Throws `TypeError` for what is no floor. */
export function readFloor(floor: Floor): UpdateContext['floor'] {
  const { root, timestamp, snapshot, time } = floor ?? {};
  const instant = typeof time === 'string' ? parseDateTime(time) : undefined;
  const areVersions = [root, timestamp, snapshot].every((version) => Number.isSafeInteger(version) && version > 0);
  if (instant === undefined || !areVersions) throw new TypeError('the option floor is not as `tufa floor` writes it');
  return { root, timestamp, snapshot, time: instant };
}
