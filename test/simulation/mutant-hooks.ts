import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { families } from './histories.ts'

/** A rule of the protocol, left out or turned round: `find`, which the file holds exactly once, becomes `replace`. */
export interface Mutant {
  name: string
  file: string
  find: string
  replace: string
  /** Where it shows soonest; all kinds of histories when left out. */
  family?: keyof typeof families
}

const root = new URL('../../', import.meta.url).href
const parameter = 'mutant'

/**
 * From now on, an import whose URL ends with `?mutant=<name>` gets the code with that rule changed, and so do all of the
 * project's modules behind it: each mutant has modules of its own.
 */
export function registerMutants(mutants: readonly Mutant[]): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context)
      const name = nameIn(context.parentURL)
      const isOurs = resolved.url.startsWith(root) && !resolved.url.includes('/node_modules/')
      if (name === undefined || !isOurs || nameIn(resolved.url) !== undefined) return resolved
      return { ...resolved, url: mutantUrl(resolved.url, name) }
    },
    load(url, context, nextLoad) {
      const mutant = mutants.find(({ name }) => name === nameIn(url))
      if (!mutant || !url.startsWith(`${root}${mutant.file}?`)) return nextLoad(url, context)
      const source = readFileSync(fileURLToPath(url.split('?', 1)[0] ?? ''), 'utf8')
      return { format: 'module-typescript', source: mutate(source, mutant), shortCircuit: true }
    },
  })
}

export function mutantUrl(url: string, name: string): string {
  return `${url}?${parameter}=${encodeURIComponent(name)}`
}

/** Throws unless the file holds the text exactly once: a mutant that changes nothing proves nothing. */
export function mutate(source: string, { name, file, find, replace }: Mutant): string {
  const [before, after, ...more] = source.split(find)
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`Mutant '${name}': ${file} does not hold this exactly once: ${find}`)
  return before + replace + after
}

function nameIn(url: string | undefined): string | undefined {
  return URL.canParse(url ?? '') ? (new URL(url ?? '').searchParams.get(parameter) ?? undefined) : undefined
}
