import type { Problem } from './judge.ts';

const subjects: Readonly<Record<Problem['what'], string>> = {
  answer: 'answer',
  client: 'client',
  control: 'control',
  reason: 'reason',
  requests: 'requests',
  result: 'verdict',
  taken: 'bytes taken',
  targets: 'target files',
  trusted: 'trusted metadata',
};

/** A difference in one line. It holds foreign text. */
export function problemLine({ what, where, expected, found }: Problem): string {
  return `${where === '' ? '' : `${where}, `}${subjects[what]}: expected ${expected}; found ${found}`;
}
