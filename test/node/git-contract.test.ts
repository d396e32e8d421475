import { describeBackend } from '../repository/backend-contract.ts';
import { GitPlace } from './git-place.ts';

describeBackend('a working tree of git', async () => {
  const place = new GitPlace();
  const tree = await place.tree();
  return { backend: place.open(tree), other: place.open(tree), end: () => place.remove() };
});
