import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redirectTarget, splitUrl } from '../../src/transport/location.ts';

describe('splitUrl', () => {
  it('agrees with the URL standard on the origin, and keeps the path as it is', () => {
    const segment = fc.stringMatching(/^[a-zA-Z0-9%._~!$&'()*+,;=:@-]{0,8}$/);
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), fc.array(segment), (url, segments) => {
        const origin = new URL(url).origin;
        const path = segments.map((text) => `/${text}`).join('');
        expect(splitUrl(origin + path)).toEqual([origin, path]);
        expect(new URL(splitUrl(url)[0]).origin).toBe(origin);
      }),
      { numRuns: 50 },
    );
  });

  it('[T29] never takes for the host what the URL standard takes for something else', () => {
    const odd = fc.stringMatching(/^https?:\/\/[a-z0-9.:@\\/?#%[\] -]{0,20}$/);
    fc.assert(
      fc.property(odd, (url) => {
        let origin: string;
        try {
          origin = new URL(splitUrl(url)[0]).origin;
        } catch {
          return; // refused
        }
        expect(new URL(url).origin).toBe(origin);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('[A-42] redirectTarget', () => {
  it.each([
    ['/b', 'https://h/b'],
    ['b', 'https://h/a/b'],
    ['../b', 'https://h/b'],
    ['?q', 'https://h/a/x?q'],
    ['https://h/%2F/%20', 'https://h/%2F/%20'],
    ['https://h:443/b', 'https://h/b'],
    ['HTTPS://H/b', 'https://h/b'],
    ['//h/b', 'https://h/b'],
  ])('follows %j to %s', (location, next) => {
    expect(redirectTarget('https://h/a/x', location, 0)).toBe(next);
  });

  it.each([
    'http://h/b',
    'https://h:444/b',
    'https://g/b',
    '//g/b',
    '\\\\g\\b',
    'https://h.evil/b',
    'https://h@evil/b',
    'https://user@h/b',
    'https://:pw@h/b',
    'file:///b',
    'data:,b',
    'javascript:1',
    'blob:https://h/b',
    'https://[',
    '',
    null,
    undefined,
  ])('does not follow %j', (location) => {
    expect(() => redirectTarget('https://h/a/x', location, 0)).toThrow(
      expect.objectContaining({ code: 'ERR_TUF_TRANSPORT', hint: expect.stringContaining('if you trust the place') }),
    );
  });
});
