import { readFileSync, realpathSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { OnResolveResult, Plugin } from 'esbuild'

interface Manifest {
  module?: string
  exports?: unknown
  sideEffects?: unknown
}

/**
 * Takes the ESM sources of the SDK and of middy, which esbuild can shake: with their CommonJS, the receiver would be
 * 497 KB and not 202. No other package's: `require` of one that has both is to give what it gives in Node, and not the
 * namespace of its ES module.
 */
export const sdkSources: Plugin = {
  name: 'sdk-sources',
  setup(build) {
    const { external = [] } = build.initialOptions
    build.onResolve({ filter: /^@(aws-sdk|smithy|aws-crypto|middy)\/[^/]+$/ }, ({ path, resolveDir }) =>
      external.includes(path) ? undefined : esmSource(path, resolveDir),
    )
  },
}

/** Undefined where there is nothing to choose: esbuild itself finds what `exports` names, and says what is missing. */
function esmSource(name: string, from: string): OnResolveResult | undefined {
  const file = manifestFile(name, from)
  if (!file) return undefined
  const { module, exports, sideEffects } = JSON.parse(readFileSync(file, 'utf8')) as Manifest
  if (!module || exports) return undefined
  return { path: join(dirname(file), module), sideEffects: sideEffects !== false }
}

/** The file of a package's manifest, as seen from a folder; undefined where there is none. */
export function manifestFile(name: string, from: string): string | undefined {
  try {
    return realpathSync(findPackageJSON(name, pathToFileURL(join(from, 'from.js'))) ?? '')
  } catch {
    return undefined
  }
}
