/** What bundling does to packages with a binary, or with files that they look for beside themselves. */
const symptoms = /\b__(dirname|filename)\b|No loader is configured for "\.node"|Could not resolve ".*\.node"/

/** The line to add to a failure that looks like a package's that cannot be bundled; empty for any other. */
export function nodeModulesHint(failure: string): string {
  if (!symptoms.test(failure)) return ''
  return '\nA package that cannot be bundled, such as a native one, goes into `nodeModules` in infra/handlers.ts.'
}
