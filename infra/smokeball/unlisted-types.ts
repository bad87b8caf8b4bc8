import { closestMatch } from 'leven'
import { splitType } from '../../shared/event/resource-of-event.ts'
import type { Handler } from '../../shared/handling/handler-registry.ts'
import { webhooksCommand } from '../../shared/runtime/command-line.ts'
import eventTypes from './event-types.json' with { type: 'json' }

/** All event types that are known, and how each is known. */
export const knownTypes: readonly { type: string; isDocumented: boolean }[] = eventTypes.map(
  ({ type, inCurrentDocsList }) => ({ type, isDocumented: inCurrentDocsList }),
)

const kinds = [...new Set(knownTypes.map(({ type }) => splitType(type).kind))]
const knownPatterns = ['*', ...knownTypes.map(({ type }) => type), ...kinds.map((kind) => `${kind}.*`)]

/**
 * One line for each type that handlers name and Smokeball does not document: right for a new type, wrong for a typo, and
 * of no use where the account is not offered it. For a run on this machine.
 */
export function unlistedTypeWarnings(handlers: readonly Pick<Handler, 'name' | 'types'>[]): string[] {
  return handlers.flatMap(({ name, types }) =>
    types.flatMap((type) => {
      const odd = isUndocumented(type)
        ? `'${type}' is a type that Smokeball does not document: an account may not be offered it, and then none comes. ` +
          `See: ${seeTypes}`
        : unlistedText(type)
      return odd === undefined ? [] : [`Handler '${name}': ${odd}`]
    }),
  )
}

/** It names the local run: while `npm start` runs, a command that names none is refused. */
const seeTypes = webhooksCommand({ command: 'types', options: { local: true } })

/** A `noop` comes on demand: no list has to name it. */
function isUndocumented(given: string): boolean {
  return knownTypes.some(({ type, isDocumented }) => type === given && !isDocumented && type !== 'noop')
}

/**
 * What to say of a type, or of a pattern of types, that is not known, with what may have been meant. Undefined for one that
 * is: what was delivered may be of a type that nobody has listed, so it is no error.
 */
export function unlistedText(type: string): string | undefined {
  if (knownPatterns.includes(type)) return undefined
  return `'${type}' is not on Smokeball's list.${didYouMean(inFull(type), knownPatterns)}`
}

/** A type of no known kind with the kind that its own is the beginning of: `bill.updatd` is near to nothing by itself. */
function inFull(type: string): string {
  const { kind, action } = splitType(type)
  const begun = kind.toLowerCase()
  if (begun.length < 3 || action === undefined || kinds.includes(begun)) return type
  const full = kinds.find((known) => known.startsWith(begun))
  return full === undefined ? type : `${full}.${action}`
}

/** ` Did you mean 'matter.updated'?`, or nothing when no candidate is near. */
export function didYouMean(given: string, candidates: readonly string[]): string {
  const maxDistance = Math.max(2, Math.floor(given.length / 3))
  const lower = given.toLowerCase()
  const nearest =
    candidates.find((candidate) => candidate.toLowerCase() === lower) ??
    closestMatch(given, candidates, { maxDistance })
  return nearest === undefined ? '' : ` Did you mean '${nearest}'?`
}
