import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holds, type JsonSchema } from './json-schema.ts';

const folder = fileURLToPath(new URL('../../spec-vectors/', import.meta.url));
const index = read<{
  families: { name: string; floor: number; count: number }[];
  vectors: { id: string; schema: string; section: string; level: string; attack: string; sha256: string }[];
}>('index.json');
const families = index.families.map(({ name }) => name);

interface Verdict {
  readonly result: string;
  readonly reason?: string;
  readonly canonical?: string;
}

type Expected = Readonly<Record<string, Verdict | string | boolean>>;

interface Vector {
  readonly id: string;
  readonly schema: string;
  readonly section: string;
  readonly level: string;
  readonly attack: string;
  /** Bytes in base64, or the members of a call. */
  readonly input?: string | Readonly<Record<string, unknown>>;
  readonly expect?: Expected;
  readonly sequence?: { readonly steps: readonly { readonly expect: Verdict }[] };
  readonly sameAs?: string;
  readonly reading?: { readonly canonical: string };
  readonly control?: string | { readonly input: unknown; readonly expect: Expected };
}

/** Documents and texts: their verdicts are objects, one for each form or profile. */
interface Read extends Vector {
  readonly input: string;
  readonly expect: Readonly<Record<string, Verdict>>;
  readonly control?: string | { readonly input: string; readonly expect: Readonly<Record<string, Verdict>> };
}

const vectors = new Map(
  families.flatMap((family) =>
    readdirSync(join(folder, family)).map((name) => {
      const path = `${family}/${name.replace(/\.json$/, '')}`;
      return [path, read<Vector>(`${path}.json`)] as const;
    }),
  ),
);
const documents = [...vectors.values()].filter((vector): vector is Read => typeof vector.input === 'string');

/** The members of `expect` that are a refusal: a verdict of that result, or the answers `verified` and `matched` when false. */
function refusalsIn(expected: Expected = {}): string[] {
  const isRefusal = (value: Expected[string] | undefined) =>
    value === 'reject' || (typeof value === 'object' && value.result === 'reject');
  const names = Object.keys(expected).filter((name) => isRefusal(expected[name]));
  return [...names, ...['verified', 'matched'].filter((name) => expected[name] === false)];
}

/** Whether that member is an acceptance. What answers with a URL says no result beside it. */
function isAccepted(expected: Expected = {}, name: string): boolean {
  const value = name === 'result' && 'url' in expected ? 'accept' : expected[name];
  return value === true || value === 'accept' || (typeof value === 'object' && value.result === 'accept');
}

describe('every vector', () => {
  it('meets the JSON Schema that it names', () => {
    for (const vector of vectors.values()) {
      const schema = read<JsonSchema>(`schema/${vector.schema.replace(/\/\d+$/, '')}.json`);
      expect(holds(vector, schema), vector.id).toBe(true);
    }
  });

  it('has its path as its id and is listed with its digest', () => {
    expect([...vectors.values()].map(({ id }) => id)).toEqual([...vectors.keys()]);
    const listed = index.vectors.map(({ sha256: digest, ...said }) => [said.id, { ...said, digest }] as const);
    const found = [...vectors.values()].map(({ id, schema, section, level, attack }) => {
      const digest = createHash('sha256').update(readFileSync(join(folder, `${id}.json`)));
      return [id, { id, schema, section, level, attack, digest: digest.digest('hex') }] as const;
    });
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(found));
    expect(listed.length).toBe(vectors.size);
  });

  it('holds bytes in canonical base64', () => {
    for (const { id, input, expect: verdicts, reading, control } of documents) {
      const forms = Object.values(verdicts).flatMap(({ canonical }) => (canonical === undefined ? [] : [canonical]));
      const inline = typeof control === 'object' ? [control.input] : [];
      const more = reading === undefined ? [] : [reading.canonical];
      for (const text of [input, ...forms, ...inline, ...more]) {
        expect(Buffer.from(text, 'base64').toString('base64') === text, id).toBe(true);
      }
    }
  });

  it('says what is read exactly when a profile accepts it', () => {
    for (const { id, schema, expect: verdicts, reading } of documents) {
      if (!schema.startsWith('strict-reading')) continue;
      expect(reading !== undefined, id).toBe(Object.values(verdicts).some(({ result }) => result === 'accept'));
    }
  });
});

describe('every refusal', () => {
  it('has a control that is accepted and differs from it', () => {
    for (const { id, input, expect: verdicts, control, sequence } of vectors.values()) {
      if (verdicts === undefined) {
        expectControlOfSequence(id, sequence, control);
        continue;
      }
      const refused = refusalsIn(verdicts);
      if (refused.length === 0) {
        expect(control, id).toBeUndefined();
        continue;
      }
      const twin = typeof control === 'string' ? vectors.get(control) : control;
      for (const name of refused) expect(isAccepted(twin?.expect, name), `${id}: ${name}`).toBe(true);
      expect(twin?.input, id).not.toEqual(input);
    }
  });

  /** A refusal after an accepted step has its control there; one in the first step names a vector whose first step is accepted. */
  function expectControlOfSequence(id: string, sequence: Vector['sequence'], control: Vector['control']): void {
    const resultOf = (of: Vector['sequence']) => of?.steps[0]?.expect.result;
    const isRefused = resultOf(sequence) === 'reject';
    expect(typeof control, id).toBe(isRefused ? 'string' : 'undefined');
    if (isRefused) expect(resultOf(vectors.get(control as string)?.sequence), id).toBe('accept');
  }

  it('of a document is for the role of its control', () => {
    const roleOf = (id: string) => /^strict-reading\/([a-z]+)-/.exec(id)?.[1];
    for (const { id, control } of documents) {
      if (typeof control === 'string') expect(roleOf(control), id).toBe(roleOf(id));
    }
  });
});

describe('canonical forms', () => {
  it('are equal for one value in several spellings', () => {
    const spelled = documents.filter(({ sameAs }) => sameAs !== undefined);
    expect(spelled.length).toBeGreaterThan(10);
    for (const { id, input, expect: verdicts, sameAs } of spelled) {
      const other = vectors.get(sameAs as string);
      expect(other?.expect, id).toEqual(verdicts);
      expect(other?.input, id).not.toBe(input);
    }
  });

  it('differ only by control characters and by the order of names', () => {
    const accepted = documents.filter(({ expect: { olpc } }) => olpc?.result === 'accept');
    const different = accepted.filter(({ expect: { olpc, rfc8785 } }) => olpc?.canonical !== rfc8785?.canonical);
    expect(different.length).toBeGreaterThan(10);
    for (const { id, expect: verdicts } of different) {
      const olpc = Buffer.from(verdicts['olpc']?.canonical ?? '', 'base64').toString();
      const hasControl = [...olpc].some((character) => character < ' ');
      expect(hasControl || /[\ue000-\uffff].*[\u{10000}-\u{10ffff}]/su.test(olpc), id).toBe(true);
    }
  });
});

describe('the files beside the vectors', () => {
  it.each(['index', 'keys', 'repository', 'answers', 'bundles'])('%s.json meets its JSON Schema', (name) => {
    expect(holds(read(`${name}.json`), read<JsonSchema>(`schema/${name}.json`))).toBe(true);
  });

  it('have forms of answers that meet their JSON Schema where they are accepted, and seldom where they are malformed', () => {
    const schema = read<JsonSchema>('schema/answer-forms.json');
    const definitions = schema['$defs'] as Record<string, JsonSchema>;
    const meets = (name: string, text: string): boolean => {
      try {
        return holds(JSON.parse(Buffer.from(text, 'base64').toString()), definitions[name] as JsonSchema, schema);
      } catch {
        return false; // no JSON
      }
    };
    const isOfForm = ({ keys, question, answer }: Record<'keys' | 'question' | 'answer', string>): boolean => {
      if (!meets('keys', keys) || !meets('question', question) || !meets('answer', answer)) return false;
      const { envelope, decisions } = JSON.parse(Buffer.from(answer, 'base64').toString());
      return meets('state', envelope.payload) && (decisions === undefined || meets('decisions', decisions));
    };
    const answers = read<{
      vectors: (Record<'keys' | 'question' | 'answer', string> & { id: string; verdict: string })[];
    }>('answers.json');
    for (const vector of answers.vectors.filter(({ verdict }) => verdict === 'accepted'))
      expect(isOfForm(vector), vector.id).toBe(true);
    const passed = answers.vectors.filter((vector) => vector.verdict === 'malformed' && isOfForm(vector));
    // What no schema tells: names that stand twice, other spellings, days that there are not, and what was asked for.
    const byMeaning = ['decisions-order', 'decisions-path', 'no-day', 'one-missing', 'one-more'];
    const bySpelling = ['answer-number', 'twice'];
    expect(passed.map(({ id }) => id.slice('answers/malformed/'.length)).sort()).toEqual(
      [...byMeaning, ...bySpelling].sort(),
    );
  });

  it('have bundles whose first entry meets its JSON Schema', () => {
    const schema = read<JsonSchema>('schema/bundle-head.json');
    const { vectors: bundles } = read<{ vectors: { bundle: string; verdict: string }[] }>('bundles.json');
    for (const { bundle } of bundles.filter(({ verdict }) => verdict === 'accepted')) {
      const bytes = Buffer.from(bundle, 'base64');
      const size = Number.parseInt(bytes.toString('latin1', 124, 135), 8);
      expect(holds(JSON.parse(bytes.toString('utf8', 512, 512 + size)), schema)).toBe(true);
    }
  });

  it('keep the floor of each family, and the README says the same figures', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const others = ['generate', 'node_modules', 'schema'];
    expect(folders.map(({ name }) => name).filter((name) => !others.includes(name))).toEqual([...families].sort());
    for (const { name, floor, count } of index.families) {
      expect(count).toBe([...vectors.keys()].filter((id) => id.startsWith(`${name}/`)).length);
      expect(count).toBeGreaterThanOrEqual(floor);
      expect(readme).toContain(`| \`${name}/\` | ${count} | ${floor} |`);
    }
  });

  it('are all in the package', () => {
    const { files } = read<{ files: string[] }>('package.json');
    expect(files).toEqual(expect.arrayContaining([...families, 'index.json', 'schema', 'LICENSE', 'README.md']));
  });
});

describe('the generator', () => {
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'tufa-vectors-'));
    cpSync(folder, copy, { recursive: true });
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it('makes what is committed, to the byte', async () => {
    expect(await generate(copy, '--check')).toEqual({ code: 0, output: '' });
  }, 300_000);

  it('names what differs, is missing or is extra, and puts it right', async () => {
    const changed = 'canonical-json/string-empty.json';
    const missing = 'strict-reading/root-plain.json';
    const extra = 'canonical-json/by-hand.json';
    writeFileSync(join(copy, changed), `${readFileSync(join(copy, changed), 'utf8')}\n`);
    rmSync(join(copy, missing));
    writeFileSync(join(copy, extra), '{}');
    const { code, output } = await generate(copy, '--check');
    expect(code).toBe(1);
    for (const line of [`differs: ${changed}`, `missing: ${missing}`, `extra: ${extra}`])
      expect(output).toContain(line);
    expect((await generate(copy)).code).toBe(0);
    for (const file of [changed, missing]) {
      expect(readFileSync(join(copy, file), 'utf8')).toBe(readFileSync(join(folder, file), 'utf8'));
    }
    expect(existsSync(join(copy, extra))).toBe(false);
  }, 300_000);

  it('takes nothing from the library and knows no clock and no chance', () => {
    for (const name of readdirSync(join(folder, 'generate'))) {
      const source = readFileSync(join(folder, 'generate', name), 'utf8');
      const imports = [...source.matchAll(/from '([^']+)'/g)].map((match) => match[1]);
      expect(imports.every((path) => /^(node:|\.\/[a-z-]+\.mjs$)/.test(path ?? ''), name)).toBe(true);
      expect(source, name).not.toMatch(/Math\.random|Date\.now|new Date\(|randomBytes|generateKey|getRandomValues/);
    }
  });
});

describe('the schemas as they are checked here', () => {
  const vector = read<Record<string, unknown>>('canonical-json/string-empty.json');
  const schema = read<JsonSchema>('schema/canonical-json.json');

  it.each<[string, Record<string, unknown>]>([
    ['a member more', { ...vector, note: 'x' }],
    ['a member less', Object.fromEntries(Object.entries(vector).filter(([name]) => name !== 'effect'))],
    ['an unknown level', { ...vector, level: 'MAY' }],
    ['bytes that are no base64', { ...vector, input: 'a' }],
    ['an unknown reason', { ...vector, expect: { olpc: { result: 'reject', reason: 'bad' } } }],
    ['a row that is a number', { ...vector, rows: [1] }],
  ])('refuse %s', (_, changed) => {
    expect(holds(vector, schema)).toBe(true);
    expect(holds(changed, schema)).toBe(false);
  });
});

function read<T>(path: string): T {
  return JSON.parse(readFileSync(join(folder, path), 'utf8')) as T;
}

function generate(root: string, ...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'generate/main.mjs'), ...args], (error, _stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stderr });
    });
  });
}
