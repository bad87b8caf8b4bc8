import { BatchWriteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { expect, it } from 'vitest'
import { heldOf, type PurgeStep, purgeAccount } from '../../../../infra/operate/accounts/purge-account.ts'
import { openProgress } from '../../../../infra/operate/accounts/purge-progress.ts'
import { accounts } from '../../../../shared/smokeball-api/accounts.ts'
import { allOfOne, purgeWorld } from './purge-world.ts'

const { signal } = new AbortController()
const onStep = () => {}

it('deletes all of one account and nothing of another, waits for the functions, and counts', async (context) => {
  const { deps, putAll, rest, deadLetters, clock, mark } = await purgeWorld(context)
  // An id that is the beginning of another, and one that a filter could take for a pattern.
  await putAll('firm')
  await putAll('firm-2')
  const before = await rest()
  const beganEpochMs = clock.now()
  expect(await heldOf(deps, 'firm', onStep, signal)).toMatchObject({ counts: allOfOne, isConnected: false })
  expect(await rest()).toEqual(before)

  const steps: PurgeStep[] = []
  const onEach = (step: PurgeStep) => void steps.push(step)
  const result = await purgeAccount(deps, 'firm', { waits: true, onStep: onEach }, signal)
  expect(result).toMatchObject({ accountId: 'firm', counts: allOfOne, elsewhere: 0 })
  expect(result.counts.bodyParts).toBeGreaterThanOrEqual(5)
  expect((result.finishedEpochMs ?? 0) - beganEpochMs).toBeGreaterThan(330_000)
  expect(steps.filter(({ kind }) => kind === 'waiting')).toMatchObject([{ why: 'functions' }])
  expect(await mark('firm')).not.toMatch(/contact|event#|write\|/)
  const ofFirm = (key: string) => /(^|[# -])firm([|# ]|$)/.test(key) && !key.includes('firm-2')
  expect(await rest()).toEqual(
    [...before.filter((key) => !ofFirm(key)), 'smokeball-removed-accounts firm'].toSorted(),
  )
  expect(before.filter(ofFirm)).toHaveLength(
    Object.values(result.counts).reduce((sum, count) => sum + count) - result.counts.deadLetters,
  )
  expect(await deadLetters()).toEqual({ waiting: 2, inWork: 0 })
  expect((await heldOf(deps, 'firm-2', onStep, signal)).counts).toEqual(result.counts)

  // Again: nothing is found, and the receipt says what was deleted.
  const again = await purgeAccount(deps, 'firm', { waits: true, onStep }, signal)
  expect(again).toMatchObject({ counts: result.counts, purgedEpochMs: result.purgedEpochMs })
})

it('is not finished without waiting, and takes what came meanwhile', async (context) => {
  const { deps, putEvent } = await purgeWorld(context)
  await putEvent('firm', 'a')
  const first = await purgeAccount(deps, 'firm', { waits: false, onStep }, signal)
  expect(first).toMatchObject({ finishedEpochMs: undefined, counts: { events: 1, ledgers: 1 } })
  let isLate = true
  const late = async (step: PurgeStep) => {
    if (step.kind === 'waiting' && isLate) {
      isLate = false
      await putEvent('firm', 'b')
    }
  }
  const second = await purgeAccount(deps, 'firm', { waits: true, onStep: late }, signal)
  expect(second).toMatchObject({ finishedEpochMs: expect.any(Number), counts: { events: 2, ledgers: 2 } })
})

it('refuses an account that is connected, before and between its looks', async (context) => {
  const { deps, putEvent, rest } = await purgeWorld(context)
  const { dynamodb: client, tableName } = deps
  const registry = accounts({ client, tableName, now: Date.now, randomId: () => 'x' })
  await registry.add('firm', signal)
  await putEvent('firm', 'a')
  const before = await rest()
  const refused = /^firm is still connected.* Remove it first: npx smokeball-webhooks accounts remove .*firm$/
  await expect(purgeAccount(deps, 'firm', { waits: true, onStep }, signal)).rejects.toThrow(refused)
  expect(await rest()).toEqual(before)
  expect(await heldOf(deps, 'firm', onStep, signal)).toMatchObject({
    isConnected: true,
    counts: { events: 1 },
  })

  await registry.remove('firm', signal)
  const connecting = (step: PurgeStep) => {
    if (step.kind === 'waiting') void registry.add('firm', signal)
  }
  await expect(purgeAccount(deps, 'firm', { waits: true, onStep: connecting }, signal)).rejects.toThrow(
    refused,
  )
})

it('takes nothing more in hand once the account is connected again in the middle of a look', async (context) => {
  const { deps, putEvent, putLetter, rest, deadLetters } = await purgeWorld(context)
  const { dynamodb: client, tableName } = deps
  const registry = accounts({ client, tableName, now: Date.now, randomId: () => 'x' })
  await putLetter(await putEvent('firm', 'a'))
  const before = await rest()
  const looks = { ...deps.sqs, send: deps.sqs.send.bind(deps.sqs) }
  const connecting = async (...call: [never, never]) => {
    if (
      call[0] &&
      'input' in (call[0] as object) &&
      'WaitTimeSeconds' in (call[0] as { input: object }).input
    )
      await registry.add('firm', signal)
    return looks.send(...call)
  }
  const during = { ...deps, sqs: { send: connecting } as never }
  await expect(purgeAccount(during, 'firm', { waits: true, onStep }, signal)).rejects.toThrow(
    /is still connected/,
  )
  expect(await rest()).toEqual(expect.arrayContaining(before))
  expect(await deadLetters()).toMatchObject({ waiting: expect.any(Number) })
})

it('ends when another purge of the account has begun', async (context) => {
  const { deps } = await purgeWorld(context)
  const of = { ...deps, now: deps.clock.now }
  const first = await openProgress(of, 'firm', () => signal)
  const second = await openProgress(of, 'firm', () => signal)
  await expect(first.save({ items: [] })).rejects.toThrow(/^Another purge of firm goes on/)
  await second.save({ items: [] })
})

it('tries again what the table leaves undone, and a write of its own whose answer was lost', async (context) => {
  const { deps, putAll, rest } = await purgeWorld(context)
  await putAll('firm')
  let undone = 3
  const send = deps.dynamodb.send as (...args: unknown[]) => Promise<Record<string, unknown>>
  const busy = {
    async send(...args: unknown[]) {
      const [command] = args
      if (command instanceof BatchWriteItemCommand && undone-- > 0)
        return { UnprocessedItems: command.input.RequestItems }
      const answer = await send.apply(deps.dynamodb, args)
      // The SDK sends it once more when no answer comes.
      return command instanceof UpdateItemCommand ? send.apply(deps.dynamodb, args) : answer
    },
  } as typeof deps.dynamodb
  const result = await purgeAccount({ ...deps, dynamodb: busy }, 'firm', { waits: true, onStep }, signal)
  expect(undone).toBeLessThan(0)
  expect(result).toMatchObject({ counts: allOfOne, finishedEpochMs: expect.any(Number) })
  expect(await rest()).toEqual(['smokeball-removed-accounts firm'])
})
