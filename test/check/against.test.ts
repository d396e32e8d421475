import { describe, expect, it } from 'vitest';
import {
  check,
  codesOf,
  type Draft,
  envelope,
  inDays,
  newKey,
  type Planted,
  placeOf,
  prefixed,
  publish,
  targetsOf,
} from './planted.ts';

const version =
  (number: number, content = 'first') =>
  (draft: Draft) => {
    draft.roles['targets'] = { ...targetsOf({ 'a.txt': content, 'kept.txt': 'kept' }), version: number };
    draft.files = { 'a.txt': content, 'kept.txt': 'kept' };
    draft.snapshot = (signed) => {
      signed.version = number;
    };
    draft.timestamp = (signed) => {
      signed.version = number;
    };
  };

const compare = async (own: Planted, other: Planted) => {
  const report = await check(own, { against: placeOf(other.files, 'the other') });
  const roles = Object.fromEntries((report.against?.roles ?? []).map(({ role, verdict }) => [role, verdict]));
  return { report, roles, targets: report.against?.targets };
};

describe('a check against another copy', () => {
  it('confirms what is the same', async () => {
    const { report, roles, targets } = await compare(publish(version(1)), publish(version(1)));
    expect(report.findings).toEqual([]);
    expect(report.against?.name).toBe('the other');
    expect(roles).toEqual({ root: 'confirmed', timestamp: 'confirmed', snapshot: 'confirmed', targets: 'confirmed' });
    expect(targets?.counts).toMatchObject({ confirmed: 2, changed: 0, unknown: 0 });
  });

  it('says what is newer here, and is no finding', async () => {
    const { report, roles, targets } = await compare(publish(version(2, 'second')), publish(version(1)));
    expect(report.findings).toEqual([]);
    expect(roles).toMatchObject({ root: 'confirmed', timestamp: 'changed', snapshot: 'changed', targets: 'changed' });
    expect(targets?.others).toEqual([{ path: 'a.txt', role: 'targets', verdict: 'changed' }]);
    expect(targets?.counts).toMatchObject({ confirmed: 1, changed: 1 });
  });

  it('finds rolled-back', async () => {
    const { report, roles, targets } = await compare(publish(version(1)), publish(version(2, 'second')));
    expect(codesOf(report)).toEqual(['rolled-back']);
    expect(report.findings.map(({ role }) => role)).toEqual(['timestamp', 'snapshot', 'targets']);
    expect(roles).toMatchObject({ targets: 'rolled-back' });
    expect(targets?.others).toEqual([{ path: 'a.txt', role: 'targets', verdict: 'rolled-back' }]);
  });

  it('finds forked and target-conflict: one version, two contents', async () => {
    const { report, roles } = await compare(publish(version(1, 'evil!')), publish(version(1)));
    expect(codesOf(report)).toEqual(['forked', 'target-conflict']);
    expect(roles).toMatchObject({ root: 'confirmed', timestamp: 'forked', snapshot: 'forked', targets: 'forked' });
  });

  it('is not complete where the other copy was not read whole', async () => {
    const other = placeOf(publish(version(1)).files, 'the other');
    let isOver = false;
    const pour: typeof other.pour = async (...args) => {
      isOver = true;
      return other.pour(...args);
    };
    const report = await check(publish(version(1)), { against: { ...other, pour }, isOver: () => isOver });
    expect(codesOf(report)).toContain('check-incomplete');
    const found = report.findings.find(({ code }) => code === 'check-incomplete');
    expect(found?.text).toMatch(/^of the other copy: the time/);
  });

  it('takes the same document with another signature as the same', async () => {
    const more = publish((draft) => {
      version(1)(draft);
      draft.signers['timestamp'] = [...draft.keys.timestamp, newKey()];
    });
    const { roles } = await compare(publish(version(1)), more);
    expect(roles).toMatchObject({ timestamp: 'confirmed' });
  });

  it('says what only one of them has', async () => {
    const own = publish((draft) => {
      version(1)(draft);
      draft.delegate('targets', 'team', { paths: ['team/*'] }, { 'team/new.txt': 'new' });
    });
    const { roles, targets } = await compare(own, publish(version(1)));
    expect(roles).toMatchObject({ team: 'unknown', targets: 'forked' });
    expect(targets?.others).toContainEqual({ path: 'team/new.txt', role: 'team', verdict: 'unknown' });
    const reverse = await compare(publish(version(1)), own);
    expect(reverse.roles).toMatchObject({ team: 'gone' });
    expect(reverse.targets?.others).toContainEqual({ path: 'team/new.txt', role: 'team', verdict: 'gone' });
  });

  it('finds other-unverified: what nobody signed confirms nothing, and its faults are not those of this copy', async () => {
    const other = publish(version(2, 'evil!'));
    const timestamp = JSON.parse(Buffer.from(other.files.get('metadata/timestamp.json') as Uint8Array).toString());
    other.files.set('metadata/timestamp.json', envelope({ ...timestamp.signed, expires: inDays(-5) }, [newKey()]));
    other.files.delete(`targets/${prefixed('kept.txt', 'kept')}`);
    const { report, roles } = await compare(publish(version(1)), other);
    expect(codesOf(report)).toContain('other-unverified');
    expect(codesOf(report)).not.toContain('target-missing');
    expect(codesOf(report)).not.toContain('expired');
    expect(roles).toMatchObject({ timestamp: 'unknown' });
  });
});
