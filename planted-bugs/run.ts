/** `npm run test:planted`: plants known bugs in a copy of the repository, one at a time, and expects the suites to catch each. */
import { testTheTests } from './command-line.ts';

process.exitCode = await testTheTests(process.argv.slice(2));
