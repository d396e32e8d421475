/**
 * Keys in an SSH agent: found, and used.
 *
 * @module
 */
import type { PublicKey } from '../metadata/public-key.ts';
import { keyOf, type PublicKeyObject } from '../metadata/public-key-writer.ts';
import type { Signer } from '../repository/signer.ts';
import { signerError } from './signer-error.ts';
import { keyidOf } from './signer-public-key.ts';
import { type AgentCall, type AgentIdentity, agentIdentities, agentSignature } from './ssh-agent.ts';
import { isSshCertificate, readSshKey, readSshSignature, sshFingerprint, sshTypeOf } from './ssh-agent-wire.ts';

/**
 * The signer of a key that the agent holds: Ed25519, or ECDSA on P-256 or P-384.
 *
 * @param name the keyid of TUF, the fingerprint of OpenSSH (`SHA256:…`), or the comment, if one key alone has it.
 * @throws TufError `ERR_TUF_SIGNER`, each case in its own words: no agent, a locked or empty one, no such key, a key of a
 * kind that TUF cannot use.
 */
export async function agentSigner(name: string, call: AgentCall): Promise<Signer> {
  const { identity, key } = pick(name, await agentIdentities(call), call.uri);
  return {
    key,
    sign: async (message) => {
      const blob = await agentSignature(call, identity.blob, message);
      if (blob === undefined) throw await refusal(identity, call);
      const signature = readSshSignature(blob, sshTypeOf(identity.blob));
      if (signature !== undefined) return Uint8Array.from(signature);
      const hint = 'the agent is at fault: try the one of OpenSSH';
      throw signerError(call.uri, 'gets a signature of another form from the agent', hint);
    },
  };
}

interface Found {
  readonly identity: AgentIdentity;
  readonly key: PublicKeyObject;
}

function pick(name: string, identities: readonly AgentIdentity[], uri: string): Found {
  if (identities.length === 0) {
    const hint = 'unlock it (ssh-add -X), or add the key (ssh-add FILE)';
    throw signerError(uri, 'is not there: the agent is locked or holds no keys', hint);
  }
  const keys = identities
    .filter(({ blob }) => !isSshCertificate(blob))
    .map((identity) => ({ identity, parsed: readSshKey(identity.blob) }));
  const found = keys.filter(({ identity, parsed }) => isNamed(name, identity, parsed));
  if (found.length > 1) {
    const several = found.slice(0, 5).map(({ identity }) => `ssh-agent:${sshFingerprint(identity.blob)}`);
    throw signerError(uri, `names ${found.length} keys of the agent`, `name one of them: ${several.join(', ')}`);
  }
  const [only] = found;
  if (only === undefined) {
    const count = keys.length === 1 ? 'one other' : `${keys.length} others`;
    throw signerError(uri, `is not in the agent, which holds ${count}`, 'see ssh-add -l, and add it with ssh-add FILE');
  }
  if (only.parsed.kind === 'unusable') {
    const hint = 'make one with ssh-keygen -t ed25519 or -t ecdsa, or use file: or exec:';
    throw signerError(uri, `cannot be used: ${only.parsed.reason}`, hint);
  }
  return { identity: only.identity, key: keyOf(only.parsed) };
}

function isNamed(name: string, identity: AgentIdentity, parsed: ReturnType<typeof readSshKey>): boolean {
  if (/^[0-9a-f]{64}$/i.test(name)) {
    return parsed.kind !== 'unusable' && keyidOf(keyOf(parsed as PublicKey)) === name.toLowerCase();
  }
  return name.startsWith('SHA256:') ? sshFingerprint(identity.blob) === name : identity.comment === name;
}

/** Why the agent did not sign, as far as it can be found out: it only says that it did not. */
async function refusal(identity: AgentIdentity, call: AgentCall): Promise<Error> {
  const left = await agentIdentities(call);
  if (left.length === 0) {
    return signerError(call.uri, 'was not used: the agent was locked or emptied', 'unlock it with ssh-add -X');
  }
  if (!left.some(({ blob }) => Buffer.compare(blob, identity.blob) === 0)) {
    const hint = 'add it again with ssh-add FILE; ssh-add -t gives a key a time to live';
    return signerError(call.uri, 'is gone: the agent does not hold it any longer', hint);
  }
  const hint =
    'confirm when it asks (ssh-add -c), on its device if it has one; a key that is bound to hosts (ssh-add -h) signs nothing else';
  return signerError(call.uri, 'was not used: the agent refused to sign', hint);
}
