import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTufError, TufError } from '../../src/errors.ts';
import { canonicalJson } from '../../src/metadata/canonical-json.ts';
import { jsonOf, parseJson, plainJson } from '../../src/metadata/json.ts';
import { Members, mapsOf, mutated, plainOf, randomFrom, spell, spelling, type Tree, tree, utf8 } from './json-texts.ts';
import { reasonAgainst } from './lenient-json.ts';

function refusalOf(bytes: Uint8Array, depth?: number): TufError<'ERR_TUF_MALFORMED'> | undefined {
  try {
    parseJson(bytes, { role: 'test', depth });
    return undefined;
  } catch (error) {
    if (!isTufError(error) || error.code !== 'ERR_TUF_MALFORMED') throw error;
    return error;
  }
}

describe('reading JSON', () => {
  it('[A-46, A-67] gives every value in every spelling, members in written order', () => {
    fc.assert(
      fc.property(tree, spelling, (value, how) => {
        const read = parseJson(utf8(spell(value, { ...how, shuffle: false })));
        expect(read).toEqual(mapsOf(value));
        expect(namesOf(read)).toEqual(namesOf(mapsOf(value)));
      }),
      { numRuns: 500 },
    );
  });

  it('[A-46, A-66] accepts exactly what the platform accepts and metadata can hold, with the same value', () => {
    let [accepted, refused] = [0, 0];
    fc.assert(
      fc.property(tree, spelling, fc.nat(), fc.boolean(), (value, how, seed, keep) => {
        const bytes = keep ? utf8(spell(value, how)) : mutated(utf8(spell(value, how)), seed);
        const reason = reasonAgainst(bytes);
        const refusal = refusalOf(bytes);
        expect(refusal === undefined, `${Buffer.from(bytes)}: ${reason}, ${refusal?.message}`).toBe(
          reason === undefined,
        );
        if (refusal === undefined) {
          accepted += 1;
          expect(plainJson(parseJson(bytes))).toEqual(JSON.parse(Buffer.from(bytes).toString()));
        } else refused += 1;
      }),
      { numRuns: 3000 },
    );
    expect([accepted > 500, refused > 500]).toEqual([true, true]);
  });

  it('[A-46] refuses a second member of a name in any object and any spelling, and says where', () => {
    fc.assert(
      fc.property(tree, fc.nat(), spelling, (value, seed, how) => {
        const random = randomFrom(seed);
        const objects = placesOf(value).filter(([, node]) => node instanceof Members && node.list.length > 0);
        const place = objects[Math.floor(random() * objects.length)];
        if (place === undefined) return;
        const [path, node] = place;
        const list = [...(node as Members).list];
        const [name] = list[Math.floor(random() * list.length)] as readonly [string, Tree];
        list.splice(Math.floor(random() * (list.length + 1)), 0, [name, 'again']);
        const refusal = refusalOf(utf8(spell(replaced(value, path, new Members(list)), { ...how, shuffle: false })));
        expect(refusal?.message).toContain('a name stands twice in one object');
        expect(refusal?.evidence.pointer).toBe(pointerOf(path));
      }),
      { numRuns: 500 },
    );
  });

  it('names the place of what is wrong: the pointer of RFC 6901 and the byte', () => {
    fc.assert(
      fc.property(tree, fc.nat(), spelling, (value, seed, how) => {
        const places = placesOf(value);
        const [path] = places[seed % places.length] as (typeof places)[number];
        const mark = '\u{1f4cd} here';
        const written = spell(replaced(value, path, mark), { ...how, shuffle: false, escapes: false });
        fc.pre(!JSON.stringify(spell(value)).includes(mark));
        const at = Buffer.byteLength(written.slice(0, written.indexOf(`"${mark}"`)));
        const refusal = refusalOf(utf8(written.replace(`"${mark}"`, '1.5')));
        expect(refusal?.evidence).toEqual({ role: 'test', pointer: pointerOf(path), offset: at });
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['{"a":{"b\\u002fc":[1,2,{"d":01}]}}', '/a/b~1c/2/d', 27],
    ['{"a":[[],{}],"b"', '', 16],
    ['{"a":[1 2]}', '/a/0', 8],
    ['[1,,2]', '/1', 3],
    ['{"":{"":{"":tru}}}', '///', 12],
    ['{1}', '', 1],
    ['{"a":{1}}', '/a', 6],
    ['[9007199254740992]', '/0', 1],
    ['[-9007199254740992]', '/0', 1],
    ['["\\ud800"]', '/0', 1],
    ['{"a":1}x', '', 7],
    ['', '', 0],
  ])('%j is refused at %j, byte %i', (document, pointer, offset) => {
    const { evidence } = refusalOf(utf8(document)) as TufError<'ERR_TUF_MALFORMED'>;
    expect([evidence.pointer, evidence.offset]).toEqual([pointer, offset]);
  });

  it('[A-46] tells a document that is cut short from one that goes on wrongly', () => {
    for (const cut of ['', '[', '[1', '{"a"', '{"a":', '"a', '[1,']) {
      expect(refusalOf(utf8(cut))?.message).toMatch(/^test: the document ends too early at /);
    }
    for (const wrong of ['x', '[x', '[1x', '{"a"x', '{"a":x', '"a\n', '1 x']) {
      expect(refusalOf(utf8(wrong))?.message).not.toContain('early');
    }
  });

  it('[A-46] refuses the very string that is not UTF-8, and U+FFFD is a character like any other', () => {
    expect(parseJson(utf8('["a\ufffd\\n","\ufffd"]'))).toEqual(['a\ufffd\n', '\ufffd']);
    const plain = Uint8Array.of(...utf8('["a","\\n","'), 0xff, ...utf8('"]'));
    expect(refusalOf(plain)?.evidence.pointer).toBe('/2');
  });

  it('[A-46] refuses a byte order mark where it stands, also before what is not UTF-8', () => {
    for (const item of [0x30, 0xff]) {
      const refusal = refusalOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x5b, 0x22, item, 0x22, 0x5d));
      expect(refusal?.evidence).toEqual({ role: 'test', pointer: '', offset: 0 });
    }
  });

  it('[A-46, A-68] reads nesting up to the limit and names the option above it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.boolean(), (depth, seed, siblings) => {
        const random = randomFrom(seed);
        const kinds = Array.from({ length: depth }, () => random() < 0.5);
        const before = siblings ? '[[{"x":[]}],{}],' : '';
        let document = '';
        for (const isArray of kinds) document += isArray ? `[${before}` : '{"a":';
        document += '0';
        for (const isArray of kinds.reverse()) document += isArray ? ']' : '}';
        const deepest = siblings && kinds.some((isArray) => isArray) ? undefined : depth;
        const refusal = refusalOf(utf8(document), 60);
        if (deepest !== undefined) expect(refusal === undefined).toBe(deepest <= 60);
        if (refusal !== undefined) expect(refusal.evidence).toMatchObject({ limit: 60, option: 'depth' });
      }),
    );
    expect(refusalOf(utf8(`${'['.repeat(64)}${']'.repeat(64)}`))).toBeUndefined();
    for (const bracket of ['[', '{"a":']) {
      const refusal = refusalOf(utf8(bracket.repeat(100_000)));
      expect(refusal?.evidence).toMatchObject({ limit: 64, option: 'depth', offset: bracket.length * 64 });
    }
  });

  it('ends in a refusal and nothing else, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.string({ unit: 'binary' }).map(utf8)), (bytes) => {
        try {
          parseJson(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(TufError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('JSON to write', () => {
  it('[A-66, A-67] holds plain data as it is, and only what metadata can hold', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(jsonOf(plainOf(value))).toEqual(mapsOf(value));
        expect(jsonOf(mapsOf(value))).toEqual(mapsOf(value));
        expect(plainJson(jsonOf(plainOf(value)))).toEqual(plainOf(value));
      }),
    );
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    for (const bad of [
      ...[1.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, undefined, () => 1, Symbol('x'), 1n, '\ud800'],
      ...[{ a: undefined }, { '\udc00': 1 }, [[[Number.MIN_VALUE]]], cyclic],
    ]) {
      expect(() => jsonOf(bad)).toThrow(TypeError);
    }
  });

  it('[A-46, A-68] is nested as deep as the reader reads, and no deeper', () => {
    const nested = (levels: number): unknown =>
      levels === 1 ? [] : levels % 2 === 0 ? [nested(levels - 1)] : { a: nested(levels - 1) };
    expect(parseJson(canonicalJson(jsonOf(nested(64))))).toEqual(jsonOf(nested(64)));
    expect(() => jsonOf(nested(65))).toThrow(TypeError);
  });

  it('[A-67] as plain data has no prototype, so that no name is special', () => {
    const plain = plainJson(parseJson(utf8('{"__proto__":{"a":1},"constructor":2}'))) as Record<string, unknown>;
    expect(Object.getPrototypeOf(plain)).toBeNull();
    expect(Object.keys(plain)).toEqual(['__proto__', 'constructor']);
    expect('toString' in plain).toBe(false);
  });
});

/** Every object's names in order, at every level. */
function namesOf(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([name, item]) => [name, namesOf(item)]);
  return Array.isArray(value) ? value.map(namesOf) : undefined;
}

type Path = readonly (string | number)[];

/** Every place in a value, the value itself included. */
function placesOf(value: Tree, path: Path = []): (readonly [Path, Tree])[] {
  const children: (readonly [string | number, Tree])[] =
    value instanceof Members ? [...value.list] : Array.isArray(value) ? [...(value as readonly Tree[]).entries()] : [];
  return [[path, value], ...children.flatMap(([step, child]) => placesOf(child, [...path, step]))];
}

function replaced(value: Tree, [step, ...rest]: Path, by: Tree): Tree {
  if (step === undefined) return by;
  if (value instanceof Members)
    return new Members(
      value.list.map(([name, item]) => [name, name === step ? replaced(item, rest, by) : item] as const),
    );
  return (value as readonly Tree[]).map((item, i) => (i === step ? replaced(item, rest, by) : item));
}

function pointerOf(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
