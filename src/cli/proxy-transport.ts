import { type AgentOptions, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Transport } from '../client/ports.ts';
import { httpTransport } from '../transport/http.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The variables that name a proxy for a protocol, as far as they are set. */
export function proxyVariables(env: Env): string[] {
  return ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].filter((name) => (env[name] ?? '') !== '');
}

/** Whether this release of Node finds its way through a proxy by itself: from 22.21 and 24.5 on. */
export function followsProxies(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
}

/**
 * A transport of one attempt each that follows HTTP_PROXY, HTTPS_PROXY and NO_PROXY, where Node can; `undefined` where none is
 * set, and the transport is the usual one.
 */
export function proxyTransport(env: Env, version: string = process.versions.node): Transport | undefined {
  if (proxyVariables(env).length === 0 || !followsProxies(version)) return undefined;
  // The types are of Node 20.
  const options = { keepAlive: true, proxyEnv: env } as AgentOptions;
  const http = httpTransport({ agent: new HttpAgent(options) });
  const https = httpTransport({ agent: new HttpsAgent(options) });
  // Redirects stay at one origin, and so at one protocol.
  return { get: (url, request) => (/^https:/i.test(url) ? https : http).get(url, request) };
}
