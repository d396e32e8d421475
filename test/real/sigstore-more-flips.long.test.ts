/** Every bit of the roots between, of timestamp, snapshot, targets, the delegated role, and of every target file. */
import { describeFlips, isOddRoot } from './flip-suite.ts';

describeFlips('the other files', '[4-a, 5.3.4a, 5.4.2, 5.5.3, 5.6.3, 5.7.3b, A-01]', (path) => !isOddRoot(path));
