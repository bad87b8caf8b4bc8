import { randomBytes, randomUUID } from 'node:crypto'
import { splitType } from '../../../shared/event/resource-of-event.ts'
import { dateToTicks } from '../../../shared/event/ticks.ts'
import { program } from '../../../shared/runtime/command-line.ts'
import { newRequestId } from '../../../shared/signing/request-id.ts'
import { keepDepsOf, localDeployment } from '../../operate/deployment.ts'
import { percentile } from '../../operate/percentile.ts'
import { type Answer, deliver, type Target } from '../../operate/send/deliver.ts'
import { type LostKind, loseChange, lostKinds } from '../../operate/send/lose-change.ts'
import { type PlannedDelivery, planDeliveries } from '../../operate/send/plan-deliveries.ts'
import { freshTicks, sample } from '../../smokeball/sample.ts'
import { overwriteLine, print, printStyled, styled, terminal } from '../../terminal/terminal.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import { NotUnderstood, UsageError } from '../../terminal/usage-error.ts'
import { command } from './command.ts'
import { refuseNonsense, type SendOptions, withSendOptions } from './send/options.ts'
import { sendTarget } from './send/target.ts'

/** What came of a delivery. */
interface Sent {
  delivery: PlannedDelivery
  answer: Answer
  isExpected: boolean
}

/** One line: status, type, resource id, event id, milliseconds, answer. */
function answerLine({ delivery, answer, isExpected }: Sent, expected: string): string {
  const columns = [
    styled(isExpected ? 'green' : 'red', String(answer.status)),
    lineForTerminal(delivery.name).padEnd(22),
    lineForTerminal(delivery.resourceId).padEnd(36),
    delivery.event.padEnd(12),
    `${answer.ms.toFixed(1)} ms`.padStart(9),
    lineForTerminal(answer.body),
  ]
  return `${columns.join('  ')}${isExpected ? '' : styled('red', `  (expected ${expected})`)}`
}

/** `sent 1000 in 2.1 s: 1000 × 200 · p50 1.9 ms · p95 2.8 ms · p99 5.0 ms`, and how many answers were not expected. */
function summary(sent: readonly Sent[], tookMs: number, expected: string): string {
  const statuses = Map.groupBy(sent, ({ answer }) => answer.status)
  const counts = [...statuses].map(([status, group]) => `${group.length} × ${status}`)
  const sorted = sent.map(({ answer }) => answer.ms).sort((a, b) => a - b)
  const latency = [50, 95, 99].map((p) => `p${p} ${percentile(sorted, p).toFixed(1)} ms`)
  const line = `Sent ${sent.length} in ${(tookMs / 1000).toFixed(1)} s: ${[counts.join(', '), ...latency].join(' · ')}`
  const unexpected = sent.filter(({ isExpected }) => !isExpected)
  const shown = unexpected.slice(0, 5).map((one) => `\n${answerLine(one, expected)}`)
  return unexpected.length === 0
    ? line
    : `${line}\n${unexpected.length} answers were not ${expected}:${shown.join('')}`
}

const dayMs = 24 * 60 * 60_000
/** From here on, a summary says more than a line each. */
const mostLines = 20

/** Signs samples and delivers them as Smokeball would. */
export const send = withSendOptions(
  command(
    'send [what...]',
    'Signs samples and delivers them as Smokeball would, to the running npm start unless a stack is named. What to send are ' +
      'event types and files such as event.json. Each is a new event: fresh timestamp and RequestId.',
    [
      'send matter.updated',
      'send matter.updated contact.created --count 15 --shuffle',
      'send event.json --verbatim --stage dev',
      'send contact.updated --lost',
    ],
  ),
).action(async (what: string[], options: Omit<SendOptions, 'what'>) => sendSamples({ ...options, what }))

async function sendSamples(options: SendOptions): Promise<void> {
  refuseNonsense(options)
  if (options.lost) return loseChanges(options)
  const samples = options.what.map(sample)
  let requestIdKey: string | undefined
  const nextRequestId = () =>
    requestIdKey === undefined ? randomUUID() : newRequestId(requestIdKey, randomBytes(8))
  const deps = { nextTicks: freshTicks(), random: Math.random, nextRequestId, nextResourceId: randomUUID }
  // What is wrong with the command line itself is told before anybody is asked where to send.
  planDeliveries(deps, samples, { ...options, count: 1, shuffle: false })
  const target = await sendTarget(options)
  if (options.own) requestIdKey = target.requestIdKey
  const planned = planDeliveries(deps, samples, options)
  const sent = await sendAll(target, planned, options)
  if (options.tamper && sent.some(({ answer }) => answer.status === 200)) {
    print('The body was changed after signing and accepted all the same: Smokeball does not sign the body.')
  }
  if (!sent.every(({ isExpected }) => isExpected)) terminal().exitCode = 1
}

const notWithLost = [
  'account',
  'id',
  'resources',
  'at',
  'own',
  'verbatim',
  'url',
  'clientId',
  'key',
  'duplicate',
  'shuffle',
  'stale',
  'badSignature',
  'tamper',
] as const

/** Has the fake Smokeball change something of each kind, without a delivery. */
async function loseChanges({ what, stage, stack, ...others }: SendOptions): Promise<void> {
  const other = notWithLost.find((name) => others[name])
  if (other !== undefined || others.count > 1)
    throw new NotUnderstood(
      `--lost changes the first resource of a kind, and delivers nothing: leave out --${kebab(other ?? 'count')}.`,
    )
  if ((stage ?? stack) !== undefined)
    throw new NotUnderstood('--lost is for the running npm start -- --fake-smokeball: leave out the stack.')
  const kinds = what.map(lostKindOf)
  const deployment = await localDeployment()
  try {
    for (const kind of kinds) {
      const { id, accountId } = await loseChange(deployment, keepDepsOf(deployment), kind)
      print(`Changed the ${kind} ${id} of ${accountId}, and delivered nothing.`)
    }
    print(`Find it: ${program} catch-up --local`)
  } finally {
    deployment.destroy()
  }
}

/** `badSignature` → `bad-signature` */
function kebab(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function lostKindOf(type: string): LostKind {
  const { kind, action } = splitType(type)
  const lost = lostKinds.find((each) => each === kind)
  if (lost && action === 'updated') return lost
  const [example] = lostKinds
  const changed = lost ? `updates a ${lost}` : 'updates a contact, a matter or a task'
  throw new NotUnderstood(
    `--lost ${changed}, and does not make ${type}. Type for example: ${program} send ${lost ?? example}.updated --lost`,
  )
}

/** One after the other: the order is part of what is sent. */
async function sendAll(
  target: Target,
  planned: readonly PlannedDelivery[],
  options: SendOptions,
): Promise<Sent[]> {
  const isRefusal = options.stale || options.badSignature
  const expected = isRefusal ? '401' : '2xx'
  const showsEach = planned.length <= mostLines
  const sent: Sent[] = []
  const start = performance.now()
  for (const delivery of planned) {
    const answer = await sendOne(target, delivery, options)
    const isExpected = isRefusal ? answer.status === 401 : answer.status >= 200 && answer.status < 300
    sent.push({ delivery, answer, isExpected })
    if (showsEach) printStyled(answerLine({ delivery, answer, isExpected }, expected))
    else showProgress(sent.length, planned.length)
  }
  if (!showsEach) printStyled(summary(sent, performance.now() - start, expected))
  return sent
}

async function sendOne(target: Target, { body, requestId }: PlannedDelivery, options: SendOptions) {
  const signer = options.badSignature ? { ...target, signingKey: `not ${target.signingKey}` } : target
  const timestamp = options.stale ? dateToTicks(new Date(Date.now() - dayMs)).toString() : undefined
  try {
    return await deliver(signer, body, { requestId, ...(timestamp !== undefined && { timestamp }) })
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { code?: string }
    throw new UsageError(
      `${target.url} does not answer (${code ?? (error as Error).message}). Is it running? npm start`,
    )
  }
}

/** Over and over in one line of a terminal; elsewhere, every tenth part. */
function showProgress(done: number, all: number): void {
  if (terminal().stdout.isTTY) overwriteLine(`${done}/${all}`, done === all, 'stdout')
  else if (done % Math.ceil(all / 10) === 0) print(`${done}/${all}`)
}
