import { NotUnderstood } from '../../../terminal/not-understood.ts'
import type { SendOptions } from './send-options.ts'

/** Throws `NotUnderstood` for options of `npm run send` that contradict each other, or ask for nothing. */
export function refuseNonsense({ what, count, verbatim, shuffle, duplicate, ...edits }: SendOptions): void {
  if (what.length === 0) throw new NotUnderstood('Say what to send: npm run send -- matter.updated')
  if (shuffle && what.length * count * (duplicate ? 2 : 1) < 2) {
    throw new NotUnderstood('One delivery cannot be out of order: add --count 5, or more event types.')
  }
  const edit = (['account', 'id', 'resources', 'at', 'tamper'] as const).find((name) => edits[name])
  if (verbatim && edit)
    throw new NotUnderstood(`--verbatim sends the body as it is: leave out --${edit}, or --verbatim.`)
  if (edits.id !== undefined && edits.resources !== undefined)
    throw new NotUnderstood('--id names one resource: leave out --resources, or --id.')
  if ((edits.resources ?? 0) > count)
    throw new NotUnderstood(
      `--count ${count} is of ${count} resources at most: add --count ${edits.resources}.`,
    )
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
    throw new NotUnderstood(
      `--${deployed} says where to send: leave out --${given === 'clientId' ? 'client-id' : given}, or --${deployed}.`,
    )
  if (stage !== undefined && stack !== undefined)
    throw new NotUnderstood('--stage and --stack both name a stack: give one.')
}
