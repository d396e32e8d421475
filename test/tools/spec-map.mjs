/**
 * Writes docs/audit/spec-map.md: for each requirement of the specification and each decision on an ambiguity, the code
 * that carries it out, the tests that prove it and the vectors that show it to every implementation; and for each attack and
 * each known defect its vectors.
 *
 * Code says `@spec ID[, ID…]` in a comment, a test `[ID]` or `[ID, ID]` in its title, a vector `rows`. `--check` writes
 * nothing and fails when the page is out of date or a row lacks code, test or vector.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { filesBelow, root as projectRoot, readJson } from './project.mjs';
import { walk } from './syntax.mjs';
import { pageRows, readExcuses, strayExcuses, vectorRows, vectorsOf } from './vector-rows.mjs';

const id = '(?:A-\\d+[a-z]?|[1-9]\\d{0,2}(?:\\.\\d+)*(?:-[a-z]|[a-z])?)';
const tagInCode = new RegExp(`@spec\\s+(${id}(?:(?:\\s*,\\s*|\\s+)${id}(?![\\w.-]*\\w))*)`, 'g');
const tagInTitle = new RegExp(`\\[(${id}(?:,\\s*${id})*)\\]`, 'g');

const pagePath = 'docs/audit/spec-map.md';

/**
 * The page, and every reason why it does not prove what it should: a row without code or test, a tag that names no row,
 * a row that is said not to apply although it has both.
 */
export function specMap(root) {
  const rows = readJson(join(root, 'docs/audit/spec-rows.json'));
  const notApplicable = readJson(join(root, 'docs/audit/spec-na.json'));
  const code = collect(root, 'src', (name) => name.endsWith('.ts'), tagsOfCode);
  const tests = collect(root, 'test', (name) => name.endsWith('.test.ts'), tagsOfTests);
  const attacks = pageRows(root, 'attacks.md');
  const defects = pageRows(root, 'peer-defects.md');
  const excused = readExcuses(root);
  const vectors = vectorRows(root);
  const cells = new Map();
  const vectorProblems = strayExcuses(excused, [...rows, ...attacks, ...defects]);
  for (const row of [...rows.filter(({ id }) => !Object.hasOwn(notApplicable, id)), ...attacks, ...defects]) {
    const { cell, problem } = vectorsOf(root, row, vectors, excused);
    cells.set(row.id, cell);
    if (problem !== undefined) vectorProblems.push(problem);
  }
  const shown = { rows, notApplicable, code, tests, attacks, defects, cells };
  return {
    page: render(root, shown),
    problems: [
      ...checkRows(rows, notApplicable, code, tests),
      ...checkTags(root, rows, notApplicable, code, tests),
      ...vectorProblems,
    ],
  };
}

/** The ids that a source file's comments name. */
export function tagsOfCode(text) {
  const joined = text.replace(/\n\s*(?:\*(?!\/)|\/\/)/g, '\n');
  return [...joined.matchAll(tagInCode)].flatMap(([, ids]) => ids.split(/[\s,]+/));
}

/** The ids that the titles of a test file name; a test that is skipped or still to be written proves nothing. */
export function tagsOfTests(text) {
  const found = [];
  walk(ts.createSourceFile('test.ts', text, ts.ScriptTarget.ES2023, true), (node) => {
    if (!ts.isCallExpression(node) || !/^(it|test|describe)\b(?!.*\.(skip|todo)\b)/s.test(calleeOf(node))) return;
    const title = titleOf(node.arguments[0]);
    for (const [, ids] of title.matchAll(tagInTitle)) found.push(...ids.split(/[\s,]+/));
  });
  return found;
}

/** The name that is called, such as `it.each`, without the arguments of an inner call. */
function calleeOf(node) {
  const { expression } = node;
  if (ts.isPropertyAccessExpression(expression))
    return `${calleeOf({ expression: expression.expression })}.${expression.name.text}`;
  if (ts.isCallExpression(expression)) return calleeOf(expression);
  if (ts.isTaggedTemplateExpression(expression)) return calleeOf({ expression: expression.tag });
  return ts.isIdentifier(expression) ? expression.text : '';
}

function titleOf(argument) {
  if (argument === undefined) return '';
  if (ts.isStringLiteralLike(argument)) return argument.text;
  if (ts.isTemplateExpression(argument))
    return [argument.head, ...argument.templateSpans.map(({ literal }) => literal)].map(({ text }) => text).join(' ');
  return '';
}

/** id → the files that name it, in order. */
function collect(root, folder, keep, tagsOf) {
  const found = new Map();
  for (const name of filesBelow(join(root, folder), keep)) {
    for (const id of new Set(tagsOf(readFileSync(join(root, folder, name), 'utf8')))) {
      found.set(id, [...(found.get(id) ?? []), `${folder}/${name}`]);
    }
  }
  return found;
}

function* checkRows(rows, notApplicable, code, tests) {
  for (const { id } of rows) {
    const lacks = [code.has(id) ? [] : ['code'], tests.has(id) ? [] : ['a test']].flat();
    if (Object.hasOwn(notApplicable, id)) {
      if (lacks.length === 0) yield `${id} has code and a test: take it out of spec-na.json`;
    } else if (lacks.length > 0) yield `${id} lacks ${lacks.join(' and ')}`;
  }
}

/** Only sections 4 and 5 and the decisions have rows; tags of other sections are free. */
function* checkTags(root, rows, notApplicable, code, tests) {
  const known = new Set(rows.map(({ id }) => id));
  const isFree = (id) => !/^(A-|[45]([.-]|$))/.test(id);
  for (const [id, files] of [...code, ...tests]) {
    if (!known.has(id) && !isFree(id)) yield `${files.join(', ')}: ${id} is no row`;
  }
  for (const [id, reason] of Object.entries(notApplicable)) {
    if (!known.has(id)) yield `spec-na.json: ${id} is no row`;
    if (/^adr\//.test(reason) && adrFile(root, reason) === undefined)
      yield `spec-na.json: ${id} names no ADR: ${reason}`;
  }
}

function render(root, shown) {
  const { rows, notApplicable, attacks, defects, cells } = shown;
  const proven = rows.filter(({ id }) => !Object.hasOwn(notApplicable, id)).length;
  const section = (title, kind) => [
    `## ${title}`,
    '',
    '| Row | Level | Section | Subject | Code | Tests | Vectors |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.filter((row) => row.kind === kind).map((row) => line(root, row, shown)),
    '',
  ];
  const shownBy = (title, intro, listed) => [
    `## ${title}`,
    '',
    intro,
    '',
    '| Row | Subject | Vectors |',
    '| --- | --- | --- |',
    ...listed.map(({ id, subject }) => `| ${id} | ${subject} | ${cells.get(id)} |`),
    '',
  ];
  return [
    '# From the specification to the code',
    '',
    'Written by `node test/tools/spec-map.mjs` from the `@spec` tags of the sources, the `[ID]` tags of the tests and the `rows` of',
    'the vectors; do not edit. Rows are numbered by the sections of TUF specification 1.0.34. A decision (`A-`) says what tufa does',
    'where the specification is silent, contradicts itself, or differs from what clients in use do. Behind a family of vectors',
    'stands how many of its vectors name the row.',
    '',
    `${rows.length} rows: ${proven} to be carried out and tested, ${rows.length - proven} that do not apply, with the reason.`,
    '',
    ...section('Requirements of sections 4 and 5', 'requirement'),
    ...section('Decisions', 'decision'),
    ...shownBy('Attacks', 'What they are: [attacks](attacks.md).', attacks),
    ...shownBy(
      'Known defects',
      'What they are: [defects of other implementations](peer-defects.md). A defect is shown by its own vectors or by the inputs that catch it.',
      defects,
    ),
  ].join('\n');
}

function line(root, { id, level, section, subject }, { notApplicable, code, tests, cells }) {
  const proofs = Object.hasOwn(notApplicable, id)
    ? [reasonText(root, notApplicable[id]), 'n/a', 'n/a']
    : [links(code.get(id), /^src\/|\.ts$/g), links(tests.get(id), /^test\/|\.test\.ts$/g), cells.get(id)];
  return `| ${[id, level, section, subject, ...proofs].join(' | ')} |`;
}

function links(files = [], noise) {
  return files.length === 0
    ? '**missing**'
    : files.map((file) => `[${file.replace(noise, '')}](../../${file})`).join(' · ');
}

function reasonText(root, reason) {
  const adr = adrFile(root, reason);
  return adr === undefined ? `n/a: ${reason}` : `overruled: [${reason}](../${adr})`;
}

function adrFile(root, reason) {
  if (!existsSync(join(root, 'docs/adr'))) return undefined;
  const [name] = filesBelow(join(root, 'docs/adr'), (name) => `adr/${name}`.startsWith(`${reason}-`));
  return /^adr\/\d{4}$/.test(reason) && name !== undefined ? `adr/${name}` : undefined;
}

if (process.argv[1] === import.meta.filename) {
  const { page, problems } = specMap(projectRoot);
  const path = join(projectRoot, pagePath);
  if (process.argv.includes('--check')) {
    if (!existsSync(path) || readFileSync(path, 'utf8') !== page)
      problems.push(`${pagePath} is out of date: run node test/tools/spec-map.mjs`);
    for (const problem of problems) process.stdout.write(`${problem}\n`);
    process.exitCode = problems.length === 0 ? 0 : 1;
  } else {
    writeFileSync(path, page);
    for (const problem of problems) process.stderr.write(`${problem}\n`);
  }
}
