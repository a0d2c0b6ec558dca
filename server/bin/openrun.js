#!/usr/bin/env node
// Plain JavaScript, so that an older Node.js can still say what is missing instead of failing on the first type.
import { setFlagsFromString } from 'node:v8';

const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `openrun: Node.js 24 is needed, this is ${process.versions.node}. Run it as "npx openrun" after "npm ci", which brings one for Linux and Windows.`,
  );
  process.exitCode = 1;
} else {
  // V8 guesses from the first seconds which objects will live for long, and makes such among the old ones from then on. In a flood it took
  // those of each request for such, in one of five starts: see docs/performance.md.
  setFlagsFromString('--no-allocation-site-pretenuring');
  await import('../src/main.ts');
}
