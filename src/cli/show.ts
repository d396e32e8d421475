import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { TufError } from '../errors.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import { type JsonObject, parseJson, plainJson } from '../metadata/json.ts';
import { parseRoot, type Root, topLevelRoles } from '../metadata/root.ts';
import { parseSnapshot, parseTimestamp, type Snapshot, type Timestamp } from '../metadata/snapshot.ts';
import { parseTargets, type Targets } from '../metadata/targets.ts';
import { storeError } from '../node/atomic-write.ts';
import { addCommand, type GlobalOptions, type Outcome } from './command.ts';
import type { Io } from './io.ts';

export function showCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<GlobalOptions>(
    parent,
    {
      usage: 'show <file>',
      summary: 'say in words what a metadata file holds; its signatures are not checked',
      json: ['type', 'signatures', 'signed'],
      examples: ['show repository/public/metadata/1.root.json'],
      action: async (session, _options, [file]) => {
        const bytes = await readFile(file as string).catch((cause) => {
          throw storeError('read', file as string, cause);
        });
        const document = parseAny(new Uint8Array(bytes), file as string);
        const signatures = document.signatures.map(({ keyid }) => keyid);
        const signed = plainJson(document.signedJson());
        session.voice.result({ type: document.signed.type, signatures, signed }, describe(document, signatures));
        return 0;
      },
    },
    io,
    outcome,
  );
}

function parseAny(bytes: Uint8Array, file: string): Signed<Root | Targets | Snapshot | Timestamp> {
  const document = parseJson(bytes, { role: file });
  const signed = document instanceof Map ? (document as JsonObject).get('signed') : undefined;
  const type = signed instanceof Map ? (signed as JsonObject).get('_type') : undefined;
  if (type === 'root') return parseRoot(bytes);
  if (type === 'timestamp') return parseTimestamp(bytes);
  if (type === 'snapshot') return parseSnapshot(bytes);
  if (type === 'targets') return parseTargets(bytes);
  const hint = 'a metadata file holds { "signed": { "_type": … }, "signatures": … }';
  throw new TufError('ERR_TUF_MALFORMED', `${file}: no metadata of TUF`, { role: file }, { hint });
}

function describe(document: Signed<Root | Targets | Snapshot | Timestamp>, signatures: readonly string[]): string[] {
  const { signed } = document;
  const head = [
    `${signed.type} version ${signed.version}, expires ${signed.expires}, specification ${signed.specVersion}`,
    `signatures that are not checked here: ${signatures.length === 0 ? 'none' : signatures.join(', ')}`,
  ];
  return [...head, ...describeBody(signed)];
}

function describeBody(signed: Root | Targets | Snapshot | Timestamp): string[] {
  switch (signed.type) {
    case 'root':
      return describeRoot(signed);
    case 'targets':
      return describeTargets(signed);
    default:
      return [...signed.meta.versions()].map(([name, version]) => {
        const { length } = signed.meta.get(name) ?? {};
        return `lists ${name} version ${version}${length === undefined ? '' : `, ${length} bytes`}`;
      });
  }
}

function describeRoot(root: Root): string[] {
  const snapshots = `snapshots are ${root.consistentSnapshot ? '' : 'not '}consistent`;
  const roles = topLevelRoles.map((role) => {
    const { keyids, threshold } = root.roles[role];
    return `${role} is signed by ${threshold} of ${keyids.join(', ')}`;
  });
  const keys = [...root.keys.values()].map(({ keyid, keytype, scheme }) => `key ${keyid}: ${keytype}, ${scheme}`);
  return [snapshots, ...roles, ...keys];
}

function describeTargets(targets: Targets & DocumentHead): string[] {
  const files = [...targets.targets.paths()].map((path) => {
    const target = targets.targets.get(path);
    return `target ${path}: ${target?.length} bytes, ${[...(target?.hashes ?? [])].map(([name, digest]) => `${name} ${digest}`).join(', ')}`;
  });
  const roles = (targets.delegations?.roles ?? []).map(
    ({ name, paths, pathHashPrefixes, terminating, threshold, keyids }) => {
      const what = paths?.join(', ') ?? `paths whose digest begins with ${pathHashPrefixes?.join(', ') ?? 'nothing'}`;
      return `delegates ${what} to ${name}, ${threshold} of ${keyids.length} keys${terminating ? ', and looks no further' : ''}`;
    },
  );
  const { succinct } = targets.delegations ?? {};
  const bins =
    succinct === undefined ? [] : [`delegates to ${2 ** succinct.bitLength} hash bins named ${succinct.namePrefix}-…`];
  return [...files, ...roles, ...bins];
}
