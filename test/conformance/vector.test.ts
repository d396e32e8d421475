import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CheckedJson } from '../../src/conformance/checked-json.ts';
import { readVector } from '../../src/conformance/vector.ts';
import { defaultVectorFolder, VectorFolder } from '../../src/conformance/vector-folder.ts';
import { isTufError } from '../../src/errors.ts';
import {
  head,
  honestStep,
  type OwnFolder,
  ownFolder,
  patternVector,
  realFolder,
  sequenceVector,
} from './own-vectors.ts';

type Plain = Record<string, unknown>;

function read(vector: unknown): ReturnType<typeof readVector> {
  return readVector(CheckedJson.parse(Buffer.from(JSON.stringify(vector)), 'own/vector.json'));
}

/** The pointer of a refusal, after its code. */
function refusal(vector: unknown): string {
  try {
    read(vector);
  } catch (error) {
    if (!isTufError(error) || error.code !== 'ERR_TUF_MALFORMED') throw error;
    expect(error.message).toMatch(/^own\/vector\.json: /);
    expect(error.evidence.role).toBe('own/vector.json');
    return error.evidence.pointer ?? '';
  }
  return 'read';
}

const plain = patternVector('own/vector', '*', 'a', true);
const steps = (more: Plain): Plain => sequenceVector('own/vector', [{ ...honestStep, ...more }]);
const serving = (answer: unknown): Plain => steps({ serve: { metadata: { 'timestamp.json': answer } } });
const expecting = (expected: Plain): Plain => steps({ expect: { ...honestStep.expect, ...expected } });

describe('a vector', () => {
  it('is read with what it says', () => {
    const { cases, family, level, sequence } = read(plain);
    expect([family, level, sequence]).toEqual(['own', 'MUST', undefined]);
    expect(cases).toEqual([
      {
        form: undefined,
        profile: undefined,
        request: { call: 'match', pattern: '*', path: 'a' },
        expected: { rejected: undefined, members: { matched: true }, ifSaid: {} },
        isRefusal: false,
      },
    ]);
    expect(read(steps({})).sequence?.steps).toHaveLength(1);
  });

  it.each<[string, Plain, string]>([
    ['without an id', { ...plain, id: undefined }, '/id'],
    ['whose id leads out of its folder', { ...plain, id: '../vector' }, '/id'],
    ['of another version', { ...plain, schema: 'path-pattern/2' }, '/schema'],
    ['of an unknown family', { ...plain, schema: 'toString/1' }, '/schema'],
    ['whose schema is none', { ...plain, schema: 'constructor' }, '/schema'],
    ['of an unknown level', { ...plain, level: 'must' }, '/level'],
    ['with a member of its own', { ...plain, extra: 1 }, '/extra'],
    ['without rows', { ...plain, rows: [] }, '/rows'],
    ['whose comment is no text', { ...plain, comment: 1 }, '/comment'],
    ['without input', { ...plain, input: undefined }, '/input'],
    [
      'with another input',
      { ...plain, input: { pattern: '*', path: 'a', '__proto__x/~': 1 } },
      '/input/__proto__x~1~0',
    ],
    ['with an input of another type', { ...plain, input: { pattern: 1, path: 'a' } }, '/input/pattern'],
    ['that expects nothing', { ...plain, expect: {} }, '/expect'],
    ['that expects something else', { ...plain, expect: { result: 'maybe' } }, '/expect/result'],
    ['that is its own control', { ...plain, control: 'own/vector' }, '/control'],
    ['whose control is no id', { ...plain, control: '../../etc/passwd' }, '/control'],
    ['whose control has no verdict', { ...plain, control: { input: { pattern: '*', path: 'a' } } }, '/control/expect'],
    ['that refuses without a control', { ...plain, expect: { result: 'reject', reason: 'malformed' } }, ''],
    ['that is false without a control', signature({}), ''],
    ['with base64 of another spelling', { ...signature({ message: 'AA=' }), control: 'own/plain' }, '/input/message'],
  ])('%s is refused with file and pointer', (_, vector, pointer) => {
    expect(refusal(vector)).toBe(pointer);
  });

  it.each<[string, Plain, string]>([
    ['no sequence at all', { ...head('own/vector', 'sequence/1') }, '/sequence'],
    ['no step', sequenceVector('own/vector', []), '/sequence/steps'],
    [
      'a root that is no file',
      { ...head('own/vector', 'sequence/1'), sequence: { root: 'x', files: {}, steps: [{}] } },
      '/sequence/root',
    ],
    [
      'a file of two kinds',
      sequenceVector('own/vector', [honestStep], {}, { x: { text: '', base64: '' } }),
      '/sequence/files/x',
    ],
    [
      'a file without end',
      sequenceVector('own/vector', [honestStep], {}, { x: { byte: 0, count: 2 ** 40 } }),
      '/sequence/files/x/count',
    ],
    [
      'bytes that are none',
      sequenceVector('own/vector', [honestStep], {}, { x: { byte: 256, count: 1 } }),
      '/sequence/files/x/byte',
    ],
    ['a file that is not there', serving('nobody'), '/sequence/steps/0/serve/metadata/timestamp.json'],
    ['an unknown fault', serving({ explode: true }), '/sequence/steps/0/serve/metadata/timestamp.json/explode'],
    [
      'a header that begins another',
      serving({ headers: { a: 'b\r\nc: d' } }),
      '/sequence/steps/0/serve/metadata/timestamp.json/headers/a',
    ],
    [
      'a header that is no name',
      serving({ headers: { 'a b': '' } }),
      '/sequence/steps/0/serve/metadata/timestamp.json/headers/a b',
    ],
    [
      'a redirect elsewhere',
      serving({ redirect: 'https://example.com/' }),
      '/sequence/steps/0/serve/metadata/timestamp.json/redirect',
    ],
    ['a status that is none', serving({ status: 99 }), '/sequence/steps/0/serve/metadata/timestamp.json/status'],
    ['another breaking point', serving({ drop: 'later' }), '/sequence/steps/0/serve/metadata/timestamp.json/drop'],
    ['an empty list of answers', serving([]), '/sequence/steps/0/serve/metadata/timestamp.json'],
    ['a clock with an offset', steps({ time: '2030-01-01T00:00:00+01:00' }), '/sequence/steps/0/time'],
    ['a day that is none', steps({ time: '2030-02-30T00:00:00Z' }), '/sequence/steps/0/time'],
    ['another command', steps({ do: 'dance' }), '/sequence/steps/0/do'],
    ['nothing to download', steps({ do: { download: [] } }), '/sequence/steps/0/do/download'],
    [
      'a file elsewhere on the disk',
      steps({ disk: { metadata: { '../x': null } } }),
      '/sequence/steps/0/disk/metadata/..~1x',
    ],
    [
      'a target on the disk that nobody has had written',
      steps({ disk: { targets: { x: null } } }),
      '/sequence/steps/0/disk/targets/x',
    ],
    ['an unknown reason', expecting({ result: 'reject', reason: 'mood' }), '/sequence/steps/0/expect/reason'],
    ['a reason to accept', expecting({ reason: 'expired' }), '/sequence/steps/0/expect/reason'],
    ['a request elsewhere', expecting({ requests: ['/etc/passwd'] }), '/sequence/steps/0/expect/requests/0'],
    ['a refusal first, without a control', expecting({ result: 'reject', reason: 'expired' }), ''],
  ])('that has %s is refused with file and pointer', (_, vector, pointer) => {
    expect(refusal(vector)).toBe(pointer);
  });

  it('may refuse first where another one is its control', () => {
    const refused = expecting({ result: 'reject', reason: ['expired', 'unsigned'] });
    expect(read({ ...refused, control: 'own/plain' }).sequence?.steps[0]?.expect.reasons).toEqual([
      'expired',
      'unsigned',
    ]);
  });

  it('is no JSON that two readers read differently', () => {
    const text = JSON.stringify(plain).replace('"level":"MUST"', '"level":"MUST","level":"SHOULD"');
    expect(() => CheckedJson.parse(Buffer.from(text), 'own/vector.json')).toThrow(
      /own\/vector\.json: a name stands twice/,
    );
  });
});

function signature(input: Plain): Plain {
  return {
    ...head('own/vector', 'signature/1'),
    input: { key: '{}', message: '', sig: '', ...input },
    expect: { verified: false },
  };
}

describe('a folder of vectors', () => {
  let folder: OwnFolder | undefined;
  afterEach(() => folder?.remove());

  it('gives each vector when it is asked for', async () => {
    folder = ownFolder([plain]);
    const opened = await folder.open();
    expect([...opened.entries.keys()]).toEqual(['own/vector']);
    expect((await opened.read('own/vector')).comment).toBe('what own/vector does');
    await expect(opened.read('own/other')).rejects.toMatchObject({ code: 'ERR_TUF_MALFORMED' });
  });

  it('refuses a file that is not the one that the index lists', async () => {
    folder = ownFolder([plain]);
    writeFileSync(join(folder.path, 'own/vector.json'), JSON.stringify({ ...plain, level: 'SHOULD' }));
    await expect((await folder.open()).read('own/vector')).rejects.toThrow('own/vector.json: its digest is not');
    rmSync(join(folder.path, 'own/vector.json'));
    await expect((await folder.open()).read('own/vector')).rejects.toMatchObject({ code: 'ERR_TUF_STORE' });
  });

  it('refuses a vector that says otherwise than the index', async () => {
    const relabel = (index: Plain): Plain => ({
      ...index,
      vectors: (index['vectors'] as Plain[]).map((entry) => ({ ...entry, level: 'decision' })),
    });
    folder = ownFolder([plain], relabel);
    await expect((await folder.open()).read('own/vector')).rejects.toThrow('says otherwise than the index');
  });

  it.each<[string, (index: Plain) => Plain, string]>([
    ['another version', (index) => ({ ...index, schema: 'index/2' }), '/schema'],
    ['no vector', (index) => ({ ...index, vectors: [] }), '/vectors'],
    [
      'a vector twice',
      (index) => ({ ...index, vectors: [...(index['vectors'] as []), ...(index['vectors'] as [])] }),
      '/vectors/1/id',
    ],
    [
      'a digest that is none',
      (index) => ({ ...index, vectors: [{ ...(index['vectors'] as Plain[])[0], sha256: 'x' }] }),
      '/vectors/0/sha256',
    ],
  ])('refuses an index of %s', async (_, changes, pointer) => {
    folder = ownFolder([plain], changes);
    await expect(folder.open()).rejects.toMatchObject({
      code: 'ERR_TUF_MALFORMED',
      evidence: { role: 'index.json', pointer },
    });
  });

  it('has to be there, and is beside the sources by default', async () => {
    await expect(VectorFolder.open(join(realFolder, 'nowhere'))).rejects.toMatchObject({ code: 'ERR_TUF_STORE' });
    expect(join(defaultVectorFolder(), '/')).toBe(realFolder);
  });
});
