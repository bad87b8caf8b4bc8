import { type Command, Option } from 'commander'
import { dateToTicks, InvalidTicks, parseTicks, type Ticks } from '../../../../shared/event/ticks.ts'
import { program } from '../../../../shared/runtime/command-line.ts'
import type { PlanOptions } from '../../../operate/send/plan-deliveries.ts'
import { NotUnderstood } from '../../../terminal/usage-error.ts'
import { type GlobalOptions, withDeployment } from '../command.ts'

/** What the command line says of what is to be sent, and where. Stage, stack and profile name a deployed stack. */
export interface SendOptions
  extends PlanOptions,
    Pick<GlobalOptions, 'stage' | 'stack' | 'profile' | 'local'> {
  /** Event types and files. */
  what: string[]
  own?: boolean
  lost?: boolean
  stale?: boolean
  badSignature?: boolean
  url?: string
  clientId?: string
  key?: string
}

const faults = 'Faults:'
const elsewhere = 'Elsewhere:'

/** Adds the options of `send`. A stack's key is never used for another URL. */
export function withSendOptions(made: Command): Command {
  const fault = (flags: string, description: string) => new Option(flags, description).helpGroup(faults)
  const other = (flags: string, description: string) =>
    new Option(flags, description).helpGroup(elsewhere).conflicts(['stage', 'stack', 'profile', 'local'])
  return withDeployment(made)
    .addOption(
      new Option(
        '--count <n>',
        'send each so many times, of so many resources; over 20 deliveries, a latency summary replaces the answers',
      )
        .default(1)
        .argParser((text) => countOf('--count', text)),
    )
    .option(
      '--resources <n>',
      'with --count, of so many resources in turn (with --id or --shuffle: 1)',
      (text) => countOf('--resources', text),
    )
    .option('--account <id>', 'accountId')
    .option('--id <id>', 'id of the one resource')
    .option('--at <time>', 'timestamp of the event: ISO 8601 or ticks', ticksOf)
    .option('--own', 'as what an API write of yours causes: a RequestId with your tag')
    .option('--verbatim', 'the body exactly as it is in the file')
    .addOption(other('--url <url>', 'callback URL (of the running npm start)'))
    .addOption(other('--client-id <id>', 'client id (of the running npm start)'))
    .addOption(other('--key <key>', 'signing key (of the running npm start)'))
    .addOption(fault('--duplicate', 'deliver each twice'))
    .addOption(fault('--shuffle', 'deliver out of order, which matters within a resource alone'))
    .addOption(fault('--stale', 'a Timestamp header from yesterday'))
    .addOption(fault('--bad-signature', 'sign with another key'))
    .addOption(fault('--tamper', 'change the body after signing'))
    .addOption(
      fault(
        '--lost',
        'update a contact, matter or task of the fake Smokeball, and deliver nothing: for catch-up',
      ),
    )
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

/** Throws `NotUnderstood` for options of `send` that contradict each other, or ask for nothing. */
export function refuseNonsense({ what, count, verbatim, shuffle, duplicate, ...edits }: SendOptions): void {
  if (what.length === 0) throw new NotUnderstood(`Say what to send: ${program} send matter.updated`)
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
  if (edits.profile !== undefined && edits.stage === undefined && edits.stack === undefined)
    throw new NotUnderstood('--profile names no stack: add --stage prod, or --stack NAME.')
}
