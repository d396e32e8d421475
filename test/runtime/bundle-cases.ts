/** Bundles in each runtime: made, and verified from a `Blob` as a page has it from a file input. */
import { createOn } from '../../src/bundle/create.ts';
import { bundleUrls } from '../../src/bundle/place.ts';
import { verifyOn } from '../../src/bundle/verify.ts';
import type { Transport } from '../../src/client/ports.ts';
import { isTufError } from '../../src/errors.ts';
import { TestRepository } from '../../src/testing/index.ts';
import type { Case } from './cases.ts';
import type { Place } from './worker.ts';

async function bundled({ crypto }: Place) {
  const repository = await TestRepository.create({ seed: 'bundled', targets: { a: 'version 1', 'b/ö': 'other' } });
  const transport: Transport = {
    async get(url, { sink }) {
      const path = url.slice(bundleUrls.metadataUrl.length - 'metadata'.length);
      const bytes = repository.published(path.split('/').map(decodeURIComponent).join('/'));
      if (bytes === undefined) return { outcome: 'unavailable', status: 404 };
      await sink.start(bytes.length);
      await sink.write(bytes);
      return { outcome: 'complete' };
    },
  };
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const options = { root: repository.root, transport, targets: 'all', files: true, now: repository.clock.now } as const;
  for await (const piece of createOn(options, crypto())) pieces.push(new Uint8Array(piece));
  return { repository, bundle: new Blob(pieces) };
}

const byName: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  'is made, verified and read': async (place) => {
    const { repository, bundle } = await bundled(place);
    const { root } = repository;
    const { targets, client } = await verifyOn(bundle, { root, now: repository.clock.now }, place.crypto());
    const texts: string[] = [];
    for (const { target } of targets) {
      if (target !== undefined) texts.push(new TextDecoder().decode(await client.download(target)));
    }
    if (texts.join() !== 'version 1,other') throw new TypeError(`read ${texts}`);
  },
  'is refused where a bit is turned or the end is missing': async (place) => {
    const { repository, bundle } = await bundled(place);
    const bytes = new Uint8Array(await bundle.arrayBuffer());
    const options = { root: repository.root, now: repository.clock.now };
    const codes = new Set<string>();
    for (let at = 0; at < bytes.length; at += 509) {
      const turned = bytes.slice();
      turned[at] = (turned[at] as number) ^ 1;
      codes.add(await refusal(verifyOn(new Blob([turned]), options, place.crypto())));
    }
    codes.add(await refusal(verifyOn(new Blob([bytes.slice(0, -1)]), options, place.crypto())));
    if (!codes.has('ERR_TUF_BUNDLE_MALFORMED') || !codes.has('ERR_TUF_BUNDLE_TRUNCATED'))
      throw new TypeError([...codes].join());
  },
};

export function bundleCases(place: Place): Case[] {
  return Object.entries(byName).map(([name, run]) => ({ name: `bundle: ${name}`, run: () => run(place) }));
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const thrown = await work.then(
    () => new TypeError('nothing was refused'),
    (error: unknown) => error,
  );
  if (!isTufError(thrown)) throw thrown;
  return thrown.code;
}
