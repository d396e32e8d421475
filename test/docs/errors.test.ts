import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { Aborted, failureOf, UsageError } from '../../src/cli/failure.ts';
import { TufError, type TufErrorCode } from '../../src/errors.ts';
import { at, filesBelow } from '../tools/project.mjs';

const page = readFileSync(at('docs/errors.md'), 'utf8');
const source = ts.createSourceFile('errors.ts', readFileSync(at('src/errors.ts'), 'utf8'), ts.ScriptTarget.ES2023);
const interfaces = source.statements.filter(ts.isInterfaceDeclaration);

/** The tables' rows for codes: code → the cells after it. */
const rows = new Map(
  page
    .split('\n')
    .filter((line) => line.startsWith('| `ERR_TUF_'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, code = '', ...cells]) => [code.replaceAll('`', ''), cells.slice(0, -1)]),
);

/** Each code of the library with the names of its evidence, as `TufErrorEvidence` declares them. */
const evidence = new Map(
  membersOf(interfaceNamed('TufErrorEvidence')).map((member) => [nameOf(member), namesIn(member.type)]),
);

function interfaceNamed(name: string): ts.InterfaceDeclaration {
  return interfaces.find((each) => each.name.text === name) as ts.InterfaceDeclaration;
}

function membersOf(node: { readonly members: ts.NodeArray<ts.TypeElement> }): ts.PropertySignature[] {
  return node.members.filter(ts.isPropertySignature);
}

function nameOf(member: ts.PropertySignature): string {
  return (member.name as ts.Identifier).text;
}

function namesIn(type: ts.TypeNode | undefined): string[] {
  if (type === undefined) return [];
  if (ts.isTypeLiteralNode(type)) return membersOf(type).map(nameOf);
  if (ts.isIntersectionTypeNode(type)) return type.types.flatMap(namesIn);
  if (ts.isTypeReferenceNode(type)) return membersOf(interfaceNamed((type.typeName as ts.Identifier).text)).map(nameOf);
  throw new TypeError('evidence of another shape: teach this test to read it');
}

describe('the page of errors', () => {
  const ofCommand = { ERR_TUF_USAGE: 2, ERR_TUF_ABORTED: 130, ERR_TUF_INTERNAL: 4 };

  it('has a row for every code of the library and the command, and no other', () => {
    const files: string[] = filesBelow(at('src')).filter((name: string) => name.endsWith('.ts'));
    const named = files.flatMap((name) => readFileSync(at('src', name), 'utf8').match(/'ERR_TUF_[A-Z_]+'/g) ?? []);
    const codes = [...evidence.keys(), ...named.map((code) => code.slice(1, -1)), ...Object.keys(ofCommand)];
    expect([...rows.keys()].sort()).toEqual([...new Set(codes)].sort());
    expect(evidence.size).toBeGreaterThan(20);
  });

  it.each([...evidence])('says of %s its family, exit code and evidence', (code, names) => {
    const error = new TufError(code as TufErrorCode, 'text', {} as never);
    const [family, exit, means, listed = '', advice] = rows.get(code) ?? [];
    expect([family, exit]).toEqual([error.family, String(failureOf(error).exitCode)]);
    const shared = listed.includes('and as above') ? (rows.get('ERR_TUF_MALFORMED')?.[3] ?? '') : '';
    const found = `${listed} ${shared}`.match(/`\w+`/g) ?? [];
    expect(found.map((name) => name.slice(1, -1)).sort()).toEqual([...names].sort());
    expect([means, advice].every((text) => text !== undefined && text !== '')).toBe(true);
  });

  it('says of the codes of the command their exit code', () => {
    const failures = [new UsageError('text'), new Aborted(), new Error('text')].map(failureOf);
    const found = failures.map(({ document, exitCode }) => [document.error.code, exitCode]);
    expect(Object.fromEntries(found)).toEqual(ofCommand);
    for (const [code, exit] of Object.entries(ofCommand)) expect(rows.get(code)?.[0]).toBe(String(exit));
  });
});
