import { expect, it } from 'vitest';
import type { ClientUnderTest, TrialPlace } from '../../src/conformance/client-under-test.ts';
import type { ScenarioServer } from '../../src/conformance/scenario-server.ts';
import { fileAnswer, type Sequence, type Step } from '../../src/conformance/sequence.ts';
import { SequencePlayer } from '../../src/conformance/sequence-player.ts';

it('a vector may serve one large file under thousands of names', async () => {
  const answers = [fileAnswer({ bytes: new Uint8Array(4 * 1024 * 1024) }, 'file')];
  const step = (names: number): Step => ({
    pin: undefined,
    time: undefined,
    serve: { metadata: new Map(Array.from({ length: names }, (_, i) => [`${i}.json`, answers])), targets: new Map() },
    disk: new Map(),
    diskTargets: new Map(),
    download: undefined,
    expect: {
      result: 'accept',
      reasons: [],
      trusted: new Map(),
      targets: undefined,
      requests: undefined,
      exact: false,
    },
  });
  // Two steps: the first is what another sequence may have in common with this one.
  const steps = [step(4096), step(0)];
  const sequence: Sequence = { root: new Uint8Array(1), profile: 'default', steps, files: new Map() };
  const places: TrialPlace[] = [];
  const client = {
    canContinue: true,
    profiles: new Set(),
    clockSkipped: undefined,
    begin: async (place: TrialPlace) => {
      places.push(place);
      return { init: async () => ({ failure: 'no' }), end: async () => [] };
    },
  } as unknown as ClientUnderTest;
  const server = { mount: () => ({ metadataUrl: '', targetsUrl: '', unmount() {} }) } as unknown as ScenarioServer;
  expect(await new SequencePlayer(client, server, undefined).play('own/large', sequence)).toMatchObject({
    problems: [{ what: 'client', found: 'no' }],
  });
  expect(places).toHaveLength(1);
});
