import { dateToTicks, InvalidTicks, parseTicks, type Ticks } from '../../../../shared/event/ticks.ts'
import type { PlanOptions } from '../../../operate/send/plan-deliveries.ts'
import { NotUnderstood } from '../../../terminal/usage-error.ts'
import { parseFlags } from './parse-flags.ts'

export const usage = `npm run send -- <event type | file.json> … [options]

Signs samples and delivers them as Smokeball would. Each is a new event: fresh timestamp and RequestId.

  --count N          send each N times, of N resources; over 20 deliveries, a latency summary replaces the answers
  --resources N      with --count, of so many resources in turn (with --id or --shuffle: 1)
  --account ID       accountId
  --id ID            id of the one resource
  --at TIME          timestamp of the event: ISO 8601 or ticks
  --own              as what an API write of yours causes: a RequestId with your tag
  --verbatim         the body exactly as it is in the file
  --url URL          callback URL (of the running npm start)
  --client-id ID     (of the running npm start)
  --key KEY          signing key (of the running npm start)
  --stage STAGE      to the deployed stack of this stage: its URL, client id and key
  --stack NAME       to the deployed stack of this name
  --profile NAME     AWS profile; alone, to the stack of the stage prod

Faults:
  --duplicate        deliver each twice
  --shuffle          deliver out of order, which matters within a resource alone
  --stale            a Timestamp header from yesterday
  --bad-signature    sign with another key
  --tamper           change the body after signing
  --help             this text`

/** Neither an event type nor a file, as far as one can tell. */
const plainValue = /^(?!error$|noop$|[a-z]+\.[A-Za-z]+$)(?!.*\.json$)/

const flags = {
  count: { type: 'string', looksLike: /^\d{1,9}$/ },
  resources: { type: 'string', looksLike: /^\d{1,9}$/ },
  url: { type: 'string', looksLike: /^https?:/ },
  at: { type: 'string', looksLike: /^(\d{17,}$|\d{4}-)/ },
  account: { type: 'string', looksLike: plainValue },
  id: { type: 'string', looksLike: plainValue },
  'client-id': { type: 'string', looksLike: plainValue },
  key: { type: 'string', looksLike: plainValue },
  stage: { type: 'string', looksLike: plainValue },
  stack: { type: 'string', looksLike: plainValue },
  profile: { type: 'string', looksLike: plainValue },
  own: { type: 'boolean' },
  verbatim: { type: 'boolean' },
  duplicate: { type: 'boolean' },
  shuffle: { type: 'boolean' },
  stale: { type: 'boolean' },
  'bad-signature': { type: 'boolean' },
  tamper: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

export interface SendOptions extends PlanOptions {
  /** Event types and files. */
  what: string[]
  own: boolean
  stale: boolean
  badSignature: boolean
  url: string | undefined
  clientId: string | undefined
  key: string | undefined
  stage: string | undefined
  stack: string | undefined
  profile: string | undefined
}

/** Reads the command line of `npm run send`; undefined when it asks for help. Throws `NotUnderstood`. */
export function sendOptions(args: readonly string[]): SendOptions | undefined {
  const { values, positionals } = parseFlags('npm run send', flags, args)
  if (values.help) return undefined
  const text = (name: keyof typeof flags) => values[name] as string | undefined
  const is = (name: keyof typeof flags) => values[name] === true
  const at = text('at')
  const resources = text('resources')
  const options: SendOptions = {
    what: positionals,
    count: countOf('--count', text('count') ?? '1'),
    resources: resources === undefined ? undefined : countOf('--resources', resources),
    account: text('account'),
    id: text('id'),
    at: at === undefined ? undefined : ticksOf(at),
    own: is('own'),
    verbatim: is('verbatim'),
    duplicate: is('duplicate'),
    shuffle: is('shuffle'),
    stale: is('stale'),
    badSignature: is('bad-signature'),
    tamper: is('tamper'),
    url: text('url'),
    clientId: text('client-id'),
    key: text('key'),
    stage: text('stage'),
    stack: text('stack'),
    profile: text('profile'),
  }
  refuseNonsense(options)
  return options
}

function countOf(flag: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new NotUnderstood(`${flag} ${text} is not a count: give a whole number from 1.`)
}

function ticksOf(text: string): Ticks {
  try {
    return /^\d{15,}$/.test(text) ? parseTicks(text) : dateToTicks(dateOf(text))
  } catch (error) {
    if (!(error instanceof InvalidTicks || error instanceof RangeError)) throw error
    throw new NotUnderstood(
      `--at ${text} is no time: give ISO 8601 (2026-07-01T09:30:00Z) or ticks (18 digits).`,
    )
  }
}

function dateOf(text: string): Date {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) throw new RangeError('no date')
  return date
}

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
