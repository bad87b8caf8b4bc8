import { defineConfig } from 'vitest/config'

/** `npm run test:browser`. Apart from `npm test`: it needs a Chromium. */
export default defineConfig({
  test: {
    include: ['test/browser/*.test.ts'],
    // Each starts a pipeline and a browser.
    maxWorkers: 2,
    reporters: ['verbose'],
    testTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    hookTimeout: 30_000,
  },
})
