import { defineConfig } from 'vitest/config'

/** `npm run test:deploy`. Apart from `npm test`: it installs an emulator and takes minutes. */
export default defineConfig({
  test: {
    include: ['test/deploy/*.test.ts'],
    globalSetup: ['test/deploy/provide-ministack.ts'],
    // One emulator at a time: each file starts its own, and a machine of two cores has enough to do with one.
    fileParallelism: false,
    // The steps of a deployment follow from each other.
    bail: 1,
    reporters: ['verbose'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
})
