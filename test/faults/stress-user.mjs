/** A user of a store, in a process or in a tab: it updates and downloads again and again, until it is told to stop. */

const paths = ['app.txt', 'plugins/plugin.txt'];
const roles = ['root', 'timestamp', 'snapshot', 'targets'];
const noted = ['baseline-lost', 're-rooted', 'local-file-ignored'];

/**
 * @param origin of the server, which says what to do.
 * @param user the number under which it is known there.
 * @param Client of the platform.
 * @param openStore opens the store as a new client does.
 * @param transportOf makes a transport with a patience in milliseconds.
 * @param save downloads a target in the platform's other way, not to memory, and gives its bytes.
 */
export async function useStore({ origin, user, Client, openStore, transportOf, save }) {
  const tell = async (word, more = {}) => {
    const body = JSON.stringify({ user, ...more });
    return (await fetch(`${origin}/${word}`, { method: 'POST', body })).json();
  };
  const root = new Uint8Array(await (await fetch(`${origin}/pinned`)).arrayBuffer());
  const [patient, hasty] = [transportOf(30_000), transportOf(200)];
  const events = [];
  let order;
  const open = () => {
    const client = new Client({
      root,
      store: openStore(),
      metadataUrl: `${origin}/metadata`,
      targetsUrl: `${origin}/targets`,
      transport: { get: (url, request) => (order.isHasty ? hasty : patient).get(url, request) },
      now: () => new Date(order.time),
    });
    for (const type of noted) client.on(type, () => events.push(type));
    return client;
  };
  const versionsOf = (refreshed) => Object.fromEntries(roles.map((role) => [role, refreshed[role]]));
  /** What the store has, as a client says that asks nobody; `undefined` where an update was broken off. */
  const kept = () =>
    open()
      .refresh({ offline: 'strict' })
      .then(versionsOf, () => undefined);
  let client;
  for (;;) {
    order = await tell('begin');
    if (order.stop) return;
    if (order.isNew || client === undefined) client = open();
    const report = { run: order.run, contents: {} };
    try {
      if (order.isNew) report.kept = await kept();
      report.versions = versionsOf(await client.refresh());
      for (const path of paths) {
        const target = await client.find(path);
        if (target === undefined) continue;
        const bytes = await (order.toFile ? save(client, target) : client.download(target));
        report.contents[path] = await digestOf(bytes);
      }
    } catch (error) {
      report.failure = { code: String(error.code ?? error.name), text: textOf(error) };
    }
    await tell('end', { ...report, events: events.splice(0) });
  }
}

async function digestOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function textOf(error) {
  const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  return error?.cause === undefined ? text : `${text}, by ${textOf(error.cause)}`;
}
