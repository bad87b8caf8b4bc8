import { realpathSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

/**
 * Makes this process find the packages that were left out of `bundleFile` where `handlersFile` would: deployed, they lie
 * beside the bundle, and here they do not. By Node's own rules, and without a change to the bundle.
 */
export function resolveFrom(handlersFile: string, bundleFile: string): void {
  // Node names a module by its real path.
  const bundleUrl = pathToFileURL(realpathSync(bundleFile)).href
  const parentURL = pathToFileURL(handlersFile).href
  const { resolve } = createRequire(handlersFile)
  registerHooks({
    resolve(specifier, context, next) {
      if (context.parentURL !== bundleUrl) return next(specifier, context)
      // For `require`, Node takes the parent from elsewhere than the context.
      if (context.conditions.includes('require')) return next(resolve(specifier), context)
      return next(specifier, { ...context, parentURL })
    },
  })
}
