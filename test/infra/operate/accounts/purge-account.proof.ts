import { ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { type PurgeStep, purgeAccount } from '../../../../infra/operate/accounts/purge-account.ts'
import { killedClients } from '../dead-letters/killed-client.ts'
import { killEverywhere } from '../dead-letters/killed-everywhere.ts'
import { allOfOne, purgeWorld } from './purge-world.ts'

const { signal } = new AbortController()
const onStep = () => {}

it('looks again while somebody else holds dead letters', async (context) => {
  const { deps, sqs, putLetter } = await purgeWorld(context)
  await putLetter('{"accountId":"firm"')
  const hold = new ReceiveMessageCommand({ QueueUrl: deps.deadLetterQueueUrl, VisibilityTimeout: 60 })
  expect((await sqs.send(hold)).Messages).toHaveLength(1)
  const whys: string[] = []
  const onWait = (step: PurgeStep) => void (step.kind === 'waiting' && whys.push(step.why))
  const result = await purgeAccount(deps, 'firm', { waits: true, onStep: onWait }, signal)
  expect(result).toMatchObject({ finishedEpochMs: undefined, elsewhere: 1, counts: { deadLetters: 0 } })
  expect(whys).toEqual(['functions', ...Array(8).fill('letters')])
})

it.for(['before', 'after'] as const)(
  'counts each thing once when it is killed %s any of its calls and run again',
  { timeout: 120_000 },
  async (when, context) => {
    const { deps, putAll, rest, deadLetters, put } = await purgeWorld(context)
    let round = 0
    const calls = await killEverywhere(when, async (kill) => {
      round += 1
      const firm = `firm-${round}`
      await putAll(firm)
      await put({ pk: { S: `${firm}|contact|odd` }, sk: { S: 'whatever' } })
      const killed = killedClients(deps, kill)
      const first = await purgeAccount(
        { ...deps, ...killed.deps },
        firm,
        { waits: true, onStep },
        signal,
      ).catch(() => undefined)
      await killed.letTimePass()
      const second = await purgeAccount(deps, firm, { waits: true, onStep }, signal)
      expect(second).toMatchObject({ counts: { ...allOfOne, other: 2 }, finishedEpochMs: expect.any(Number) })
      expect(
        (await rest()).filter((key) => key !== `smokeball-removed-accounts firm-${key.split('-').at(-1)}`),
      ).toEqual([])
      expect(await deadLetters()).toEqual({ waiting: 0, inWork: 0 })
      return first ? 'unharmed' : 'killed'
    })
    expect(calls).toBeGreaterThan(20)
  },
)
