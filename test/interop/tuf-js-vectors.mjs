/**
 * tuf-js's answers to the line protocol of the test vectors (docs/design/vectors.md). It translates: every verdict is that of
 * tuf-js, and what tuf-js throws is its refusal.
 */
const topLevel = ['root', 'timestamp', 'snapshot', 'targets'];
const kindOf = (role) => (topLevel.includes(role) ? role : 'targets');

/**
 * Announces what there is, and answers until stdin ends.
 *
 * @param {NodeJS.Require} required of a folder that has tuf-js
 * @param {{ init: (folder: string, root: string) => void, update: (request: object) => Promise<void> }} steps
 */
export async function answerLines(required, steps) {
  const calls = callsOf(required('@tufjs/models'), required('@tufjs/canonical-json'));
  const take = {
    init: ({ metadataDir, rootFile }) => steps.init(metadataDir, rootFile),
    refresh: (request) => steps.update({ ...request, targetNames: [] }),
    download: (request) => steps.update(request),
  };
  write({
    protocol: 'tufa-vectors/1',
    client: `tuf-js ${required('tuf-js/package.json').version}`,
    calls: [...Object.keys(calls), ...Object.keys(take)],
    forms: ['olpc'],
    profiles: ['default'],
  });
  for await (const line of linesOf(process.stdin)) {
    const { id, call, ...request } = JSON.parse(line);
    write({ id, ...(await answerTo(calls[call] ?? take[call], request)) });
  }
}

/** node:readline ends a line at U+2028, too, which JSON may hold. */
async function* linesOf(stream) {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    yield* lines;
  }
}

async function answerTo(answer, request) {
  if (!setClock(request.time)) return { error: 'the clock cannot be set without libfaketime' };
  let refuse;
  const uncaught = new Promise((_, reject) => {
    refuse = reject;
  });
  // By the command line, too, what is thrown where nobody waits for it ends in a refusal.
  process.once('uncaughtException', refuse);
  try {
    return (await Promise.race([answer(request), uncaught])) ?? { result: 'accept' };
  } catch (error) {
    process.stderr.write(`${String(error).slice(0, 1000)}\n`);
    return { result: 'reject' };
  } finally {
    process.off('uncaughtException', refuse);
  }
}

/** Sets the clock of this process, which libfaketime is preloaded in, or sets it right again. Whether it could. */
function setClock(time) {
  process.env.FAKETIME = '+0';
  if (time === undefined) return true;
  if (!process.env.LD_PRELOAD?.includes('faketime')) return false;
  const ahead = (Date.parse(time) - Date.now()) / 1000;
  process.env.FAKETIME = `${ahead < 0 ? '' : '+'}${ahead.toFixed(3)}`;
  return true;
}

function callsOf({ Metadata }, { canonicalize }) {
  const documentOf = (kind, bytes) => Metadata.fromJSON(kind, JSON.parse(bytes.toString('utf8')));
  const rolesFor = (delegations, path) => {
    const signed = {
      _type: 'targets',
      spec_version: '1.0.31',
      version: 1,
      expires: '2050-01-01T00:00:00Z',
      targets: {},
    };
    const document = { signatures: [], signed: { ...signed, delegations: { keys: {}, ...delegations } } };
    return [...Metadata.fromJSON('targets', document).signed.delegations.rolesForTarget(path)];
  };
  const role = { name: 'role', keyids: [], threshold: 1, terminating: false };
  const isRoleFor = (chosen, path) => rolesFor({ roles: [{ ...role, ...chosen }] }, path).length === 1;
  return {
    canonical: ({ input }) => {
      const canonical = canonicalize(JSON.parse(bytesOf(input).toString('utf8')));
      return { result: 'accept', canonical: base64(canonical) };
    },
    read: ({ role, input }) => {
      const { signed } = documentOf(kindOf(role), bytesOf(input));
      const answer = { result: 'accept', canonical: base64(canonicalize(signed.toJSON())) };
      const values = valuesOf(signed, canonicalize);
      return isExact(values) ? { ...answer, values } : answer;
    },
    threshold: ({ delegator, role, document }) => {
      const kind = topLevel.includes(role) ? 'root' : 'targets';
      documentOf(kind, Buffer.from(delegator)).verifyDelegate(role, documentOf(kindOf(role), bytesOf(document)));
    },
    match: ({ pattern, path }) => ({ matched: isRoleFor({ paths: [pattern] }, path) }),
    bin: ({ path, path_hash_prefixes, bit_length, name_prefix }) => {
      if (path_hash_prefixes !== undefined) return { matched: isRoleFor({ path_hash_prefixes }, path) };
      const succinct_roles = { keyids: [], threshold: 1, bit_length, name_prefix };
      return { name: rolesFor({ succinct_roles }, path)[0]?.role };
    },
  };
}

/** What was read, in the form of `reading.values` of a vector. */
function valuesOf(signed, canonicalize) {
  const { type, specVersion, version, expires } = signed;
  const opening = { _type: type, spec_version: specVersion, version, expires };
  if (type === 'root') {
    const roles = Object.entries(signed.roles).map(([name, role]) => ({ name, ...signersOf(role) }));
    return { ...opening, consistent_snapshot: signed.consistentSnapshot, keys: keysOf(signed.keys), roles };
  }
  if (type === 'timestamp') return { ...opening, meta: [metaOf('snapshot.json', signed.snapshotMeta)] };
  if (type === 'snapshot')
    return { ...opening, meta: Object.entries(signed.meta).map(([path, meta]) => metaOf(path, meta)) };
  const targets = Object.entries(signed.targets).map(([path, { length, hashes, unrecognizedFields }]) => {
    // Its getter gives an empty object also where there is none.
    const { custom } = unrecognizedFields;
    const own = custom === undefined ? undefined : base64(canonicalize(custom));
    return { path, length, hashes: hashesOf(hashes), custom: own };
  });
  return { ...opening, targets, delegations: signed.delegations && delegationsOf(signed.delegations) };
}

function delegationsOf({ keys, roles, succinctRoles: bins }) {
  if (bins !== undefined) {
    const { bitLength: bit_length, namePrefix: name_prefix } = bins;
    return { keys: keysOf(keys), succinct_roles: { ...signersOf(bins), bit_length, name_prefix } };
  }
  const list = Object.values(roles ?? {}).map((role) => {
    const { name, terminating, paths, pathHashPrefixes: path_hash_prefixes } = role;
    return { name, ...signersOf(role), terminating, paths, path_hash_prefixes };
  });
  return { keys: keysOf(keys), roles: list };
}

function metaOf(path, { version, length, hashes }) {
  return { path, version, length, hashes: hashes && hashesOf(hashes) };
}

function signersOf({ keyIDs: keyids, threshold }) {
  return { keyids, threshold };
}

function keysOf(keys) {
  return Object.entries(keys).map(([keyid, { keyType: keytype, scheme, keyVal }]) => {
    return { keyid, keytype, scheme, public: keyVal.public };
  });
}

function hashesOf(hashes) {
  return Object.entries(hashes).map(([algorithm, digest]) => ({ algorithm, digest }));
}

/** Whether the protocol, which has no fractions and no large integers, can carry a value. */
function isExact(value) {
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0);
  return typeof value !== 'object' || value === null || Object.values(value).every(isExact);
}

function bytesOf(text) {
  return Buffer.from(text, 'base64');
}

function base64(text) {
  return Buffer.from(text).toString('base64');
}

function write(members) {
  process.stdout.write(`${JSON.stringify(members)}\n`);
}
