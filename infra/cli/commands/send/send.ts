/** `npm run send`: signs samples and delivers them as Smokeball would. */
import { randomBytes, randomUUID } from 'node:crypto'
import { dateToTicks } from '../../../../shared/event/ticks.ts'
import { newRequestId } from '../../../../shared/signing/request-id.ts'
import { deliver, type Target } from '../../../operate/send/deliver.ts'
import { type PlannedDelivery, planDeliveries } from '../../../operate/send/plan-deliveries.ts'
import { freshTicks } from '../../../smokeball/fresh-ticks.ts'
import { sample } from '../../../smokeball/sample.ts'
import { runCommand } from '../../../terminal/run-command.ts'
import { overwriteLine, print, printStyled, terminal } from '../../../terminal/terminal.ts'
import { UsageError } from '../../../terminal/usage-error.ts'
import { type SendOptions, sendOptions, usage } from './send-options.ts'
import { answerLine, type Sent, summary } from './send-report.ts'
import { sendTarget } from './send-target.ts'

const dayMs = 24 * 60 * 60_000
/** From here on, a summary says more than a line each. */
const mostLines = 20

export const main = (): Promise<void> =>
  runCommand(async () => {
    const options = sendOptions(terminal().args)
    if (!options) {
      print(usage)
      return
    }
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
  })

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
