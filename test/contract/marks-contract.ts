import { randomUUID } from 'node:crypto'
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { dynamodbOpenedMarks } from '../../shared/ledger/opened-marks.ts'
import { day, startEpochMs, type TableEngine } from './ledger-under-test.ts'

/** What is left of a worker that died before it could claim anything. */
export function marksAreCounted(engineOf: () => TableEngine): void {
  describe('marks of messages that are being worked on', () => {
    const { signal } = new AbortController()
    const marks = () => dynamodbOpenedMarks({ ...engineOf(), now: () => startEpochMs })

    it('are none before the first, count each that is raised, and go', async () => {
      const id = randomUUID()
      expect(await marks().count(id, signal)).toBe(0)
      for (const count of [1, 2, 3]) {
        expect(await marks().raise(id, signal)).toBe(count)
        expect(await marks().count(id, signal)).toBe(count)
      }
      await marks().remove(id, signal)
      expect(await marks().count(id, signal)).toBe(0)
      expect(await marks().raise(id, signal)).toBe(1)
    })

    it('of other messages are not counted', async () => {
      await marks().raise(randomUUID(), signal)
      expect(await marks().count(randomUUID(), signal)).toBe(0)
      await expect(marks().remove(randomUUID(), signal)).resolves.toBeUndefined()
    })

    it('last longer than a queue holds a message', async () => {
      const id = randomUUID()
      await marks().raise(id, signal)
      const get = new GetItemCommand({
        TableName: engineOf().tableName,
        Key: { pk: { S: `opened#${id}` }, sk: { S: 'opened' } },
      })
      const { Item } = await engineOf().client.send(get)
      expect(Number(Item?.ttl?.N) * 1000).toBeGreaterThan(startEpochMs + 14 * day)
    })
  })
}
