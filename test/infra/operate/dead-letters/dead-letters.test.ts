import {
  ChangeMessageVisibilityBatchCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { on, RetryAfter } from '#webhooks'
import type { Local } from '#webhooks/testing'
import type { DeadLetter } from '../../../../infra/operate/dead-letters/dead-letter.ts'
import {
  dropDeadLetters,
  redriveDeadLetters,
} from '../../../../infra/operate/dead-letters/take-dead-letters.ts'
import {
  surveyDeadLetters,
  walkDeadLetters,
} from '../../../../infra/operate/dead-letters/walk-dead-letters.ts'
import { deploymentOf } from '../../../../infra/operate/deployment.ts'
import { setHandling } from '../../../../infra/operate/handling.ts'
import { sendReplay } from '../../../../infra/operate/replay/send-replays.ts'
import { awsOf } from '../../../../infra/operate/running-file.ts'
import { queues } from '../../../../infra/settings/topology.ts'
import { readEnvelope } from '../../../../shared/event/envelope.ts'
import type { DropOutcome } from '../../../../shared/ledger/drop-event.ts'
import { findEvent, parseReference } from '../../../../shared/ledger/find-event.ts'
import type { StoredEvent } from '../../../../shared/ledger/read-event.ts'
import { eventAttributes, type QueueMessage } from '../../../../shared/queue/message.ts'
import { sqsAttributes } from '../../../../shared/queue/sqs-attributes.ts'
import { systemClock } from '../../../../shared/runtime/clock.ts'
import {
  deadLettersWorld,
  firm,
  moodyHandler,
  notification,
  storedEvent,
  writeLedger,
} from './dead-letters-world.ts'
import { seeing } from './killed-client.ts'

const signal = new AbortController().signal
const which = () => true
const idOf = (text: string) => readEnvelope(text).eventId
const lettersOf = async (...of: Parameters<typeof surveyDeadLetters>) =>
  (await surveyDeadLetters(...of)).letters
const kindsOf = (letters: readonly DeadLetter[]) => letters.map(({ kind }) => kind)

it('lists each kind of dead letter with its reason and its event, oldest first', async (context) => {
  const crm = moodyHandler()
  const { deps, deliver } = await deadLettersWorld(context, { handlers: crm.handlers })
  const began = Date.now()
  const [spent, crashed, looped, refused] = Array.from({ length: 4 }, () => notification()) as [
    string,
    string,
    string,
    string,
  ]
  await deliver(spent)
  await writeLedger(deps, crashed, 'four deaths')
  await deliver(crashed)
  await writeLedger(deps, looped, 'a loop')
  await deliver(looped)
  crm.mood = 'fails for good'
  await deliver(refused)
  await deliver('this is no JSON')
  await deliver(notification({ secondsAgo: -3600 }))

  const letters = await lettersOf(deps, signal)
  expect(kindsOf(letters)).toEqual([
    ...['attempts-spent', 'crashed', 'loop-suspected', 'permanent-failure', 'quarantined', 'quarantined'],
  ])
  expect(letters.map(({ reason }) => reason)).toEqual([
    'attempts of crm spent (1 failed, 0 put off): Error: no CRM today',
    'crashed: the function died each time it handled this event',
    expect.stringMatching(/^loop suspected: crm: it wrote to Smokeball 50 times within 10 minutes/),
    'permanent failure of crm: PermanentFailure: no such customer',
    'Not a Smokeball notification: not JSON.',
    'its timestamp lies after its delivery',
  ])
  const [first, ...others] = letters as [DeadLetter, ...DeadLetter[]]
  const { resource, resourceKey, ticks, eventId } = readEnvelope(spent)
  expect(first.event).toEqual({
    reference: (await storedEvent(deps, spent))?.reference,
    eventId,
    type: 'contact.updated',
    accountId: firm,
    resource,
    resourceKey,
    ticks,
  })
  expect([first.fence, first.movedBySqs]).toEqual([(await storedEvent(deps, spent))?.fence, false])
  expect(first.sinceEpochMs).toBeGreaterThanOrEqual(began)
  expect(others.map(({ event }) => event !== undefined)).toEqual([true, true, true, false, true])
  expect(letters.some((letter) => 'message' in letter)).toBe(false)
  // Each has the same id when it is looked at again.
  expect(await lettersOf(deps, signal)).toEqual(letters)
})

it('tells how many letters somebody else is looking at, and leaves those alone', async (context) => {
  const crm = moodyHandler()
  const { deps, sqs, deliver, deadLetters } = await deadLettersWorld(context, { handlers: crm.handlers })
  await deliver(...Array.from({ length: 12 }, () => notification()))
  const taken = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: deps.deadLetterQueueUrl, MaxNumberOfMessages: 5 }),
  )
  const { letters, elsewhere } = await surveyDeadLetters(deps, signal)
  const theirs = new Set(taken.Messages?.map(({ MessageId }) => MessageId))
  expect([letters.length, elsewhere, theirs.size]).toEqual([7, 5, 5])
  expect(letters.filter(({ id }) => theirs.has(id))).toEqual([])
  expect(await deadLetters()).toEqual({ waiting: 7, inWork: 5 })
  const none = { which: () => false }
  expect(await redriveDeadLetters(deps, none, signal)).toEqual({ redriven: 0, kept: 7, elsewhere: 5 })

  const [one, other] = await Promise.all([surveyDeadLetters(deps, signal), surveyDeadLetters(deps, signal)])
  const ids = [...one.letters, ...other.letters].map(({ id }) => id)
  expect(ids.length).toBeGreaterThanOrEqual(7)
  expect(await deadLetters()).toEqual({ waiting: 7, inWork: 5 })
})

it('makes all visible again when it is stopped, and when a call fails', async (context) => {
  const crm = moodyHandler()
  const { deps, sqs, deliver, deadLetters } = await deadLettersWorld(context, { handlers: crm.handlers })
  await deliver(...Array.from({ length: 25 }, () => notification()))

  const stopping = new AbortController()
  let seen = 0
  const visit = async () => {
    seen += 1
    if (seen === 15) stopping.abort(new Error('stopped'))
    return 'kept' as const
  }
  await expect(walkDeadLetters(deps, { visit }, stopping.signal)).rejects.toThrow('stopped')
  expect([seen, await deadLetters()]).toEqual([20, { waiting: 25, inWork: 0 }])

  let receives = 0
  const failing = {
    async send(...args: unknown[]) {
      if (args[0] instanceof ReceiveMessageCommand && ++receives === 3) throw new Error('no network')
      return (sqs.send as (...args: unknown[]) => unknown)(...args)
    },
  } as Pick<SQSClient, 'send'>
  await expect(lettersOf({ ...deps, sqs: failing }, signal)).rejects.toThrow('no network')
  expect(await deadLetters()).toEqual({ waiting: 25, inWork: 0 })

  crm.mood = 'works'
  const redriving = new AbortController()
  const onRedriven = () => redriving.abort(new Error('stopped'))
  await expect(redriveDeadLetters(deps, { which, onRedriven }, redriving.signal)).rejects.toThrow('stopped')
  const { waiting, inWork } = await deadLetters()
  expect([inWork, waiting < 25, waiting >= 15]).toEqual([0, true, true])
})

it('hides letters for longer on a long walk, and shows each once all the same', async (context) => {
  const crm = moodyHandler()
  const { deps, sqs, deliver, deadLetters } = await deadLettersWorld(context, { handlers: crm.handlers })
  await deliver(...Array.from({ length: 30 }, () => notification()))
  let nowEpochMs = Date.now()
  const renewed: number[] = []
  const watched = seeing(sqs, ({ Entries }) => {
    for (const { VisibilityTimeout = 0 } of (Entries ?? []) as { VisibilityTimeout?: number }[])
      if (VisibilityTimeout > 0) renewed.push(VisibilityTimeout)
  })
  const seen: string[] = []
  const walk = {
    async visit({ id }: DeadLetter) {
      seen.push(id)
      // Each batch takes its time.
      nowEpochMs += 4_500
      return 'kept' as const
    },
  }
  const clock = { now: () => nowEpochMs, after: () => () => {} }
  await walkDeadLetters({ ...deps, clock, sqs: watched }, walk, signal)
  expect([seen.length, new Set(seen).size]).toEqual([30, 30])
  // The first two batches, before the third and the last look; the first again.
  expect(new Set(renewed)).toEqual(new Set([120]))
  expect(renewed.length).toBeGreaterThanOrEqual(20)
  expect(await deadLetters()).toEqual({ waiting: 30, inWork: 0 })
})

it('shows a letter once that is seen again, since it was hidden for too short a time', async (context) => {
  const crm = moodyHandler()
  const { deps, sqs, deliver } = await deadLettersWorld(context, { handlers: crm.handlers })
  await deliver(notification(), notification())
  const seen: string[] = []
  const visible = {
    async visit({ id, receiptHandle }: DeadLetter & { receiptHandle: string }) {
      seen.push(id)
      const Entries = [{ Id: '0', ReceiptHandle: receiptHandle, VisibilityTimeout: 0 }]
      if (seen.length <= 2)
        await sqs.send(
          new ChangeMessageVisibilityBatchCommand({ QueueUrl: deps.deadLetterQueueUrl, Entries }),
        )
      return 'kept' as const
    },
  }
  await walkDeadLetters(deps, visible, signal)
  expect([seen.length, new Set(seen).size]).toEqual([2, 2])
})

it("sends back those that are meant, in their resource's group with all that they carry", async (context) => {
  const crm = moodyHandler()
  const { local, deps, sqs, deliver } = await deadLettersWorld(context, { handlers: crm.handlers })
  const [one, other] = [notification(), notification()]
  await deliver(one, other, 'no JSON')
  crm.mood = 'works'
  const sent: Record<string, unknown>[] = []
  const watched = seeing(sqs, (input) => {
    if (input.MessageBody) sent.push(input)
  })
  const redriven: DeadLetter[] = []
  const ended = await redriveDeadLetters(
    { ...deps, sqs: watched },
    { which: ({ event }) => event?.eventId !== idOf(other), onRedriven: (letter) => redriven.push(letter) },
    signal,
  )
  expect(ended).toEqual({ redriven: 2, kept: 1, elsewhere: 0 })
  expect(redriven.map(({ kind }) => kind).toSorted()).toEqual(['attempts-spent', 'quarantined'])
  await local.settled()
  expect(crm.done).toEqual([idOf(one)])
  expect(await storedEvent(deps, one)).toMatchObject({ status: 'handled', attempts: 2 })
  // What cannot be read comes back by the consumer, as a new letter.
  const left = await lettersOf(deps, signal)
  expect(kindsOf(left)).toEqual(['attempts-spent', 'unreadable'])
  expect(left.map(({ reason }) => reason)[1]).toBe('Not a Smokeball notification: not JSON.')
  const groups = sent.map(({ MessageGroupId }) => MessageGroupId)
  expect(new Set(groups).size).toBe(2)
  expect(sent.find(({ MessageBody }) => MessageBody === one)).toMatchObject({
    MessageDeduplicationId: `redrive-${redriven.find(({ event }) => event)?.id}`,
    MessageAttributes: {
      givenUp: { StringValue: expect.stringMatching(/^attempts-spent \d{13}$/) },
      reason: {},
      resource: {},
      requestId: {},
      received: {},
      sent: {},
    },
  })
})

it('sends back each letter once, though its event fails again at once', async (context) => {
  const crm = moodyHandler()
  const { local, deps, deliver } = await deadLettersWorld(context, { handlers: crm.handlers })
  const text = notification()
  await deliver(text, 'no JSON')
  expect(await redriveDeadLetters(deps, { which }, signal)).toEqual({ redriven: 2, kept: 0, elsewhere: 0 })
  await local.settled()
  expect(await storedEvent(deps, text)).toMatchObject({ status: 'dead-lettered', attempts: 2 })
  expect(await lettersOf(deps, signal)).toHaveLength(2)
})

it('drops letters with a reason: a copy of the event is a duplicate from then on', async (context) => {
  const crm = moodyHandler()
  const { local, deps, sqs, deliver } = await deadLettersWorld(context, { handlers: crm.handlers })
  const text = notification()
  await deliver(text, 'no JSON')
  const told: [string, DropOutcome][] = []
  const before = Date.now()
  const dropped = await dropDeadLetters(
    deps,
    {
      which,
      reason: `  ${'why '.repeat(120)} `,
      onDropped: ({ kind }, recorded) => told.push([kind, recorded]),
    },
    signal,
  )
  expect(dropped).toEqual({ dropped: 2, kept: 0, elsewhere: 0 })
  expect(told.toSorted()).toEqual([
    ['attempts-spent', 'recorded'],
    ['quarantined', 'no-event'],
  ])
  const stored = await storedEvent(deps, text)
  expect(stored).toMatchObject({ status: 'dropped', text, dropped: { reason: 'why '.repeat(120).trim() } })
  expect(stored?.dropped?.atEpochMs).toBeGreaterThanOrEqual(before)
  expect(stored?.reason).toMatch(/^dropped: why .* why; before: attempts of crm spent/)
  expect(stored?.handlers.crm).toMatchObject({
    outcome: 'gave-up',
    error: expect.stringContaining('no CRM today'),
  })

  crm.mood = 'works'
  await deliver(text)
  const send = new SendMessageCommand({
    QueueUrl: deps.queueUrl,
    MessageBody: text,
    MessageGroupId: 'g',
    MessageDeduplicationId: 'd',
    MessageAttributes: { fence: { DataType: 'String', StringValue: '99' } },
  })
  await sqs.send(send)
  await local.settled()
  expect(crm.done).toEqual([])
  expect((await storedEvent(deps, text))?.status).toBe('dropped')
})

it('keeps that an event was dropped when other handlers are replayed, and when all are', async (context) => {
  const crm = moodyHandler()
  const handlers = [...crm.handlers, on('contact.*', { name: 'log', order: 'every' }, () => {})]
  const { local, deps, deliver } = await deadLettersWorld(context, { handlers })
  const text = notification()
  await deliver(text)
  await dropDeadLetters(deps, { which, reason: 'not ours' }, signal)
  crm.mood = 'works'
  const replay = async (id: string, names: string[]) => {
    const to = { ...deps, client: deps.dynamodb, handlers: undefined }
    const event = (await storedEvent(deps, text)) as StoredEvent
    expect(await sendReplay(to, event, { id, handlers: names, force: false }, signal)).toBe('sent')
    await local.settled()
    return storedEvent(deps, text)
  }
  expect(await replay('r-1', ['log'])).toMatchObject({ status: 'dropped', dropped: { reason: 'not ours' } })
  expect(crm.done).toEqual([])
  expect(await replay('r-2', ['crm'])).toMatchObject({ status: 'handled', dropped: { reason: 'not ours' } })
  expect(crm.done).toEqual([idOf(text)])
})

it('deletes a letter whose event went on without it, and leaves the event as it is', async (context) => {
  const crm = moodyHandler()
  const { local, deps, sqs, deliver } = await deadLettersWorld(context, { handlers: crm.handlers })
  const text = notification()
  await deliver(text)
  // A redrive leaves it so that was killed before it deleted the letter.
  const stays = seeing(sqs, (input) => {
    if ('ReceiptHandle' in input && !('VisibilityTimeout' in input)) throw new Error('killed')
  })
  const redrive = async () => {
    await expect(redriveDeadLetters({ ...deps, sqs: stays }, { which }, signal)).rejects.toThrow('killed')
    await local.settled()
  }
  const drop = async (only: (letter: DeadLetter) => boolean) => {
    const told: DropOutcome[] = []
    const onDropped = (_: DeadLetter, recorded: DropOutcome) => told.push(recorded)
    await dropDeadLetters(deps, { which: only, reason: 'x', onDropped }, signal)
    return told
  }
  await redrive()
  const [older = 0, newer = 0] = (await lettersOf(deps, signal)).map(({ fence }) => fence ?? 0)
  expect(newer).toBeGreaterThan(older)
  expect(await drop(({ fence }) => fence === older)).toEqual(['stale'])
  expect((await storedEvent(deps, text))?.status).toBe('dead-lettered')

  crm.mood = 'works'
  await redrive()
  expect(await drop(which)).toEqual(['stale'])
  expect(await storedEvent(deps, text)).toMatchObject({ status: 'handled' })
  expect(crm.done).toEqual([idOf(text)])
  expect(await lettersOf(deps, signal)).toEqual([])
})

/** A message of the event queue that is received once too often, while nobody handles it. */
async function letSqsMove(local: Local, sqs: SQSClient, { body, attributes }: QueueMessage): Promise<void> {
  const { lambda, outputs } = deploymentOf({ outputs: local.outputs, aws: awsOf(local) })
  await setHandling({ lambda, consumerName: outputs.ConsumerName, clock: systemClock }, 'Disabled', signal)
  const { queueUrl: QueueUrl } = local
  const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${queues.deadLetters}`
  const Attributes = { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }) }
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }))
  await sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: body,
      MessageAttributes: sqsAttributes(attributes),
      MessageGroupId: 'g',
      MessageDeduplicationId: 'd',
    }),
  )
  const receive = () => sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }))
  expect((await receive()).Messages).toHaveLength(1)
  expect((await receive()).Messages ?? []).toEqual([])
}

it('knows the event of a letter that was to be run again, which has no body', async (context) => {
  const { deps, sqs, local } = await deadLettersWorld(context, { handlers: [] })
  const text = notification()
  await local.deliver(text)
  await local.settled()
  const { resourceKey, ticks, eventId, type } = readEnvelope(text)
  const attributes = { ...eventAttributes({ resourceKey, ticks, eventId, type }), later: 'token 1' }
  await letSqsMove(local, sqs, { body: '-', attributes })
  const [letter] = await lettersOf(deps, signal)
  expect(letter).toMatchObject({
    movedBySqs: true,
    event: { eventId, type, resourceKey, ticks, accountId: firm },
  })
  const reference = parseReference(letter?.event?.reference ?? '')
  const table = { client: deps.dynamodb, tableName: deps.tableName }
  expect(reference && (await findEvent(table, reference, signal))).toMatchObject({
    kind: 'found',
    event: { eventId },
  })
})

it('knows a letter that SQS moved by itself, and drops its event too', async (context) => {
  const handlers = [
    on('contact.*', { name: 'crm' }, () => {
      throw new RetryAfter({ minutes: 60 })
    }),
  ]
  const { deps, sqs, local } = await deadLettersWorld(context, { handlers })
  const text = notification()
  await local.deliver(text)
  await expect.poll(async () => (await storedEvent(deps, text))?.status, { timeout: 10_000 }).toBe('failed')
  await letSqsMove(local, sqs, { body: text, attributes: {} })
  const [letter] = await lettersOf(deps, signal)
  expect(letter).toMatchObject({ kind: 'other', movedBySqs: true, event: { eventId: idOf(text) } })
  expect(letter?.reason).toMatch(/^no reason is given: SQS moved it/)
  expect((await storedEvent(deps, text))?.status).toBe('failed')
  const told: DropOutcome[] = []
  await dropDeadLetters(deps, { which, reason: 'x', onDropped: (_, recorded) => told.push(recorded) }, signal)
  expect([told, (await storedEvent(deps, text))?.status]).toEqual([['recorded'], 'dropped'])
})

it.for([
  { how: 'no', reason: '' },
  { how: 'a blank', reason: '  \n' },
  { how: 'too long a', reason: 'x'.repeat(501) },
])('drops nothing for $how reason', async ({ reason }, context) => {
  const crm = moodyHandler()
  const { deps, deliver, deadLetters } = await deadLettersWorld(context, { handlers: crm.handlers })
  await deliver(notification())
  await expect(dropDeadLetters(deps, { which, reason }, signal)).rejects.toMatchObject({ code: 'USAGE' })
  expect(await deadLetters()).toEqual({ waiting: 1, inWork: 0 })
})
