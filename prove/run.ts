/** `npm run prove`: races and faults against real servers and a real database, and the proof that every answer was true. */
import { prove } from './command-line.ts';
import { scenarios } from './scenarios/all.ts';

process.exitCode = await prove(scenarios, process.argv.slice(2));
