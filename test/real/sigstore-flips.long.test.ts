/** Every bit of every second root, from the first on. `sigstore-more-flips.long.test.ts` has all other files. */
import { describeFlips, isOddRoot } from './flip-suite.ts';

describeFlips('every second root', '[4-a, 5.3.4a, 5.3.4b, A-01]', isOddRoot);
