import { basename, dirname, join } from 'node:path'
import type { Plugin } from 'esbuild'

/**
 * What a function of ours imports dynamically is a file of its own beside its bundle, with all that it is made of, parts of the
 * bundle included: it is loaded in need alone, and the bundle stays one file. (esbuild's own splitting would take what both
 * have in common out of the bundle, into a third file that every start has to load.)
 */
export const loadedInNeed: Plugin = {
  name: 'loaded-in-need',
  setup({ onResolve, onEnd, initialOptions, esbuild }) {
    const files = new Set<string>()
    onResolve({ filter: /^\..*\.ts$/ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined
      files.add(join(resolveDir, path))
      return { path: `./${fileName(path)}`, external: true }
    })
    onEnd(async ({ errors }) => {
      if (errors.length > 0) return
      for (const file of files) {
        const outfile = join(dirname(initialOptions.outfile ?? ''), fileName(file))
        const plugins = initialOptions.plugins?.filter((plugin) => plugin !== loadedInNeed) ?? []
        await esbuild.build({ ...initialOptions, entryPoints: [file], outfile, plugins })
      }
    })
  },
}

/** `./second-place.ts` → `second-place.mjs` */
function fileName(path: string): string {
  return `${basename(path, '.ts')}.mjs`
}
