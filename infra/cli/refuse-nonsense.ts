import { UsageError } from '../usage-error.ts'
import type { SendOptions } from './send-options.ts'

/** Throws `UsageError` for options of `npm run send` that contradict each other, or ask for nothing. */
export function refuseNonsense({ what, count, verbatim, shuffle, duplicate, ...edits }: SendOptions): void {
  if (what.length === 0) throw new UsageError('Say what to send: npm run send -- matter.updated')
  if (shuffle && what.length * count * (duplicate ? 2 : 1) < 2) {
    throw new UsageError('One delivery cannot be out of order: add --count 5, or more event types.')
  }
  const edit = (['account', 'id', 'at', 'tamper'] as const).find((name) => edits[name])
  if (verbatim && edit)
    throw new UsageError(`--verbatim sends the body as it is: leave out --${edit}, or --verbatim.`)
  refuseTwoTargets(edits)
}

/** A stack's key is never used for another URL. */
function refuseTwoTargets(
  options: Pick<SendOptions, 'url' | 'clientId' | 'key' | 'stage' | 'stack' | 'profile'>,
) {
  const { stage, stack, profile } = options
  const deployed = Object.entries({ stage, stack, profile }).find(([, value]) => value !== undefined)?.[0]
  const given = (['url', 'clientId', 'key'] as const).find((name) => options[name] !== undefined)
  if (deployed && given)
    throw new UsageError(
      `--${deployed} says where to send: leave out --${given === 'clientId' ? 'client-id' : given}, or --${deployed}.`,
    )
  if (stage !== undefined && stack !== undefined)
    throw new UsageError('--stage and --stack both name a stack: give one.')
}
