import { expect, test } from 'vitest';
import { sharedBuffersMib } from '../../src/infrastructure/postgres/embedded/shared-buffers.ts';

test.each([
  [0.5, 256],
  [4, 256],
  [8, 512],
  [24, 1536],
  [32, 2048],
  [512, 2048],
])('a new cluster takes a sixteenth of the memory, but neither too little nor too much: of %d GiB %d MiB', (gibibytes, mebibytes) => {
  expect(sharedBuffersMib(gibibytes * 2 ** 30)).toBe(mebibytes);
});
