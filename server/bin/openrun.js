#!/usr/bin/env node
// Plain JavaScript, so that an older Node.js can still say what is missing instead of failing on the first type.
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `openrun: Node.js 24 is needed, this is ${process.versions.node}. Run it as "npx openrun" after "npm ci", which brings one for Linux and Windows.`,
  );
  process.exitCode = 1;
} else {
  await import('../src/main.ts');
}
