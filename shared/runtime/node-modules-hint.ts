import { sep } from 'node:path'

/** What bundling does to packages with a binary, or that load one of their files, or a package, by a name they make up. */
const symptoms = [
  /No loader is configured for "\.node"|Could not resolve ".*\.node"/,
  /Cannot find (?:module|package) '|Dynamic require of "|ERR_DLOPEN_FAILED/,
  /Could not locate the bindings file|No native build was found|Could not load the "sharp" module/,
]

/** Lambda's own folders lie beside the one of the bundle, such as that of the certificates of databases. */
const ofRuntime = / '\/var\/(?:lang|lib|log|rapid|run|runtime|tmp)\//

/**
 * The line to add to a failure that looks like a package's that cannot be bundled; empty for any other. `place` is a folder
 * in which nothing lies but the bundle: a file that is missing there is one that was left behind.
 */
export function nodeModulesHint(failure: string, place?: string): string {
  const isLeftBehind =
    place !== undefined &&
    failure.includes('ENOENT') &&
    failure.includes(` '${place}${sep}`) &&
    !ofRuntime.test(failure)
  if (!isLeftBehind && !symptoms.some((symptom) => symptom.test(failure))) return ''
  return '\nA package that cannot be bundled, such as a native one, goes into `nodeModules` in infra/handlers.ts.'
}
