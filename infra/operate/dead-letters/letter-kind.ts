import type { DeadLetterKind } from './dead-letter.ts'

/** How the reasons begin that the consumer and the receiver give: verdict.ts, delivery-queues.ts and envelope.ts. */
const beginnings: readonly (readonly [string, DeadLetterKind])[] = [
  ['attempts of ', 'attempts-spent'],
  ['permanent failure of ', 'permanent-failure'],
  ['crashed: ', 'crashed'],
  ['loop suspected: ', 'loop-suspected'],
  ['unconnected account: ', 'unconnected-account'],
  ['quarantined: ', 'quarantined'],
  // One that was sent back from quarantine, and cannot be read by the consumer either.
  ['Not a Smokeball notification: ', 'quarantined'],
]

/** All kinds, for filters and their help. */
export const letterKinds: readonly DeadLetterKind[] = [
  ...new Set(beginnings.map(([, kind]) => kind)),
  'other',
]

/** The first of several handlers' reasons says it. */
export function letterKind(reason: string): DeadLetterKind {
  const begun = beginnings.find(([beginning]) => reason.startsWith(beginning))?.[1]
  if (begun) return begun
  // This is of a replay for others, which sends the letter anew.
  const [, what] = /^[\w.-]+ was given up: (.*)/.exec(reason) ?? []
  if (what === undefined) return 'other'
  return what.startsWith('crashed: ') ? 'crashed' : 'attempts-spent'
}
