import { createHash, createHmac, randomUUID } from 'node:crypto'
import { deliveryQueues } from '../../functions/receiver/delivery-queues.ts'
import { type ReceiveDeps, receiveDelivery } from '../../functions/receiver/receive-delivery.ts'
import { defaults } from '../../infra/settings/settings-schema.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { parseWebhookSecret } from '../../shared/signing/webhook-secret.ts'
import { clientId, httpDelivery, signingKey } from './delivery.ts'
import { type Figure, ratio } from './figure.ts'
import { contactNotification } from './notifications.ts'
import { timeInTurns } from './timing.ts'

const limit = 3

/** What the receiver itself costs, the SDK's client replaced by one that does nothing. */
export async function receiverWorkFigures(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const kilobytes of [1, 200]) {
    for (const foreignNames of [false, true]) figures.push(await acceptance(kilobytes, foreignNames))
  }
  return [...figures, await refusal()]
}

async function acceptance(kilobytes: number, foreignNames: boolean): Promise<Figure> {
  const text = contactNotification(kilobytes * 1024, { foreignNames })
  const delivery = httpDelivery(text)
  const work = () => receiveDelivery(deps, delivery)
  await expectOutcome(work, 'accepted')
  const yardstick = () => {
    JSON.parse(text)
    createHmac('sha256', signingKey).update(delivery.bytes).digest('hex')
    createHash('sha256').update(delivery.bytes).digest('hex')
  }
  const timed = await timeInTurns(work, yardstick, { callsARound: kilobytes > 10 ? 20 : 1_000 })
  return ratio(
    `accepting ${kilobytes} KB${foreignNames ? ', not all ASCII' : ''} : parse + HMAC + hash`,
    timed.ratio,
    limit,
    microsOf(timed),
  )
}

async function refusal(): Promise<Figure> {
  const delivery = httpDelivery(contactNotification(1024), '0'.repeat(64))
  const work = () => receiveDelivery(deps, delivery)
  await expectOutcome(work, 'refused')
  const { timestamp, requestid } = delivery.headers
  const yardstick = () =>
    createHmac('sha256', signingKey).update(`${timestamp}|${requestid}|${clientId}`).digest('hex')
  const timed = await timeInTurns(work, yardstick, { callsARound: 1_000 })
  return ratio('refusing a bad signature : HMAC', timed.ratio, limit, microsOf(timed))
}

function microsOf({ workMicros, yardstickMicros }: { workMicros: number; yardstickMicros: number }): string {
  return `(${workMicros.toFixed(1)} : ${yardstickMicros.toFixed(1)} µs)`
}

async function expectOutcome(work: () => Promise<{ outcome: string }>, expected: string): Promise<void> {
  const { outcome } = await work()
  if (outcome !== expected) throw new Error(`The receiver ${outcome} what it should have ${expected}.`)
}

const secret = parseWebhookSecret(JSON.stringify({ clientId, signingKey }), 'bench')
const client = { send: async () => ({}) } as never

const deps: ReceiveDeps = {
  secrets: { current: async () => secret, reread: async () => undefined },
  toleranceMs: defaults.toleranceMs,
  queues: deliveryQueues({
    client,
    queueUrls: { events: 'bench', deadLetters: 'bench' },
    secondPlace: async () => {
      throw new Error('The queue takes all.')
    },
    clock: systemClock,
    randomId: randomUUID,
  }),
}
