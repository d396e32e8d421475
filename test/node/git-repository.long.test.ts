import { afterAll } from 'vitest';
import { describeBackend } from '../repository/backend-contract.ts';
import { GitPlace } from './git-place.ts';
import { describePublication } from './git-publication.ts';

const all = new GitPlace();
afterAll(() => all.remove());

describeBackend('a working tree of git that is pushed', async () => {
  const place = new GitPlace();
  const tree = await place.tree(place.bare());
  const open = () => place.open(tree, { remote: 'origin' });
  return { backend: open(), other: open(), end: () => place.remove() };
});

describePublication(all, { consistentSnapshot: true, stride: 1 });
describePublication(all, { consistentSnapshot: false, stride: 1 });
