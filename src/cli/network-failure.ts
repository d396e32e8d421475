/**
 * What to do about a network that failed, in the words of one who typed a command: what the codes of the system mean, and what
 * the environment has to do with it.
 *
 * @module
 */
import { isTufError, TufError } from '../errors.ts';
import { followsProxies, proxyVariables } from './proxy-transport.ts';

type Env = Readonly<Record<string, string | undefined>>;

const hints: readonly (readonly [codes: RegExp, hint: string])[] = [
  [/^ENOTFOUND$/, 'no such host is known: check the spelling of the address, then the name servers of this machine'],
  [/^EAI_AGAIN$/, 'no name server answers: check that this machine is online, then try again'],
  [/^ECONNREFUSED$/, 'nothing listens there: check the host and the port, and whether the server runs'],
  [
    /^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN)$/,
    'there is no way to that host: check the network and its firewall',
  ],
  [
    /^ERR_PROXY/,
    'the proxy refused: check HTTPS_PROXY, with the name and password that it asks for, or name the host in NO_PROXY',
  ],
  [
    /^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/,
    'the certificate of the server is out of date, or the clock of this machine is wrong',
  ],
  [/ALTNAME/, 'the server has a certificate of another name: check the address'],
  [
    /SELF_SIGNED|UNABLE_TO|DEPTH_ZERO|^CERT_/,
    'nobody whom Node.js trusts vouches for the certificate: check the address; where a proxy or a house of your own issued it, name the file of that authority in NODE_EXTRA_CA_CERTS',
  ],
  [/^EPROTO$|SSL|TLS/, 'the other side speaks no TLS, or none that Node.js takes: check https and the port'],
];

/** The same failure, with what was tried and a hint for this very case. */
export function networkFailure(error: unknown, env: Env): unknown {
  if (!isTufError(error) || error.code !== 'ERR_TUF_TRANSPORT') return error;
  const { status, attempts, url } = error.evidence;
  const known = hints.find(([codes]) => codesOf(error).some((code) => codes.test(code)))?.[1];
  const hint = [
    status === undefined ? (known ?? error.hint) : statusHint(status, error.hint),
    ...proxyHint(status, env),
  ];
  // What was asked for by a path, the workflow speaks of; it may have been more than one.
  const isOnce = attempts === undefined && /^https?:/.test(url);
  const message = isOnce ? `${error.message} (tried once)` : error.message;
  return new TufError('ERR_TUF_TRANSPORT', message, error.evidence, { cause: error.cause, hint: hint.join('; ') });
}

function statusHint(status: number, hint: string | undefined): string {
  if (status === 401) return 'the server asks who you are, which tufa has no answer to: serve these files to everybody';
  if (status === 407) return 'the proxy asks who you are: put name and password into HTTP_PROXY and HTTPS_PROXY';
  return hint ?? 'try again later';
}

/** A proxy that is set and not followed is the likeliest reason that no answer came. */
function proxyHint(status: number | undefined, env: Env): string[] {
  const [name] = proxyVariables(env);
  if (status !== undefined || name === undefined || followsProxies(process.versions.node)) return [];
  return [`${name} is set, and Node.js ${process.versions.node} does not follow it: 22.21, 24.5 and later do`];
}

/** The codes of what led to an error, the nearest first. */
function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let each = error as Error | undefined, depth = 0; each instanceof Error && depth < 8; depth++) {
    const { code, errors } = each as { code?: unknown; errors?: readonly { code?: unknown }[] };
    for (const found of [code, ...(errors ?? []).map((one) => one.code)]) {
      if (typeof found === 'string' && !found.startsWith('ERR_TUF_')) codes.push(found);
    }
    each = each.cause as Error | undefined;
  }
  return codes;
}
