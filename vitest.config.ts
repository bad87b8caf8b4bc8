import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import project from './package.json' with { type: 'json' }

/** The project's own names. Node knows them only outside `functions/handlers`, which is a package of its own. */
const alias = Object.entries(project.imports).map(([name, file]) => ({
  find: new RegExp(`^${name}$`),
  replacement: fileURLToPath(new URL(file, import.meta.url)),
}))

export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/**/*.test.ts'],
    // `npm run test:deploy`.
    exclude: [...configDefaults.exclude, 'test/deploy/**'],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'] },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
