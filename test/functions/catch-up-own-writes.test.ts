import { randomBytes } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Engines, startEngines } from '../../infra/local/engines/engines.ts'
import { tableName } from '../../infra/operate/local-account.ts'
import { newRequestId } from '../../shared/signing/request-id.ts'
import { recordedWrites } from '../../shared/smokeball-api/recorded-writes.ts'
import { catchUpWorld, requestIdKey } from './catch-up-world.ts'
import { randomOf } from './fortnight.ts'

const never = new AbortController().signal
const hourMs = 3_600_000
const secondMs = 1_000

let engines: Engines
let client: DynamoDBClient
beforeAll(async () => {
  engines = await startEngines({ consumerTimeoutMs: 30_000 })
  client = new DynamoDBClient(engines.dynamodbConfig)
})
afterAll(async () => {
  client.destroy()
  await engines.stop()
})

let worlds = 0

/** A world whose lists were walked once, and in whose table API writes of ours are recorded. */
async function walkedWorld() {
  const startEpochMs = Date.UTC(2026, 10, 2) + worlds++ * 100 * hourMs
  const world = catchUpWorld({ startEpochMs, firms: 1, random: randomOf(1) })
  const writes = recordedWrites({ client, tableName })
  const run = (lastWriteTo = writes.lastWriteTo) => world.run({ over: { lastWriteTo } })
  await run()
  world.pass(3 * hourMs)
  return {
    ...world,
    run,
    /** Writes to Smokeball now. Returns the RequestId. */
    async write(path: string) {
      const requestId = newRequestId(requestIdKey, randomBytes(8))
      const write = { requestId, accountId: 'firm-0', method: 'PATCH', path, atEpochMs: world.now() }
      await writes.recordWrite(write, never)
      return requestId
    },
    async outcomesOfANight() {
      world.outcomes.length = 0
      world.handled.length = 0
      world.pass(24 * hourMs)
      await run()
      await world.consume()
      return world.outcomes
    },
  }
}

it.each([
  ['/contacts', 'c', '/contacts/c'],
  ['/matters', 'm', '/matters/m'],
  ['/events', 'e', '/events/e'],
] as const)('a state that a write of ours made some seconds later is own: %s', async (list, id, path) => {
  const world = await walkedWorld()
  await world.write(path)
  world.pass(9 * secondMs)
  world.change('firm-0', list, id)
  expect(await world.outcomesOfANight()).toEqual(['own'])
  expect(world.handled).toEqual([])
  expect(await world.outcomesOfANight()).toEqual([])
})

it('a memo, and the files of a matter, are own as well', async () => {
  const world = await walkedWorld()
  await world.write('/matters/m/memos/x')
  await world.write('/matters/m/documents/files/f')
  world.pass(2 * secondMs)
  world.change('firm-0', '/matters/m/memos', 'x')
  world.change('firm-0', '/matters/m/documents/files', 'f')
  await world.deliver(world.change('firm-0', '/matters', 'm'))
  expect(await world.outcomesOfANight()).toEqual(['own', 'own'])
})

it.each([
  [
    'that changed long before a write',
    async (world: World) => {
      world.change('firm-0', '/contacts', 'c')
      world.pass(5 * secondMs)
      await world.write('/contacts/c')
    },
  ],
  [
    'that changed long after a write',
    async (world: World) => {
      await world.write('/contacts/c')
      world.pass(16 * secondMs)
      world.change('firm-0', '/contacts', 'c')
    },
  ],
  [
    'that changed once more after the write was told',
    async (world: World) => {
      const requestId = await world.write('/contacts/c')
      world.pass(secondMs)
      await world.deliver(world.change('firm-0', '/contacts', 'c'), requestId)
      world.pass(5 * secondMs)
      world.change('firm-0', '/contacts', 'c')
    },
  ],
  [
    'of another resource',
    async (world: World) => {
      await world.write('/contacts/other')
      world.change('firm-0', '/contacts', 'c')
    },
  ],
  [
    'whose stamp tells no time',
    async (world: World) => {
      await world.write('/activitycodes/a')
      world.change('firm-0', '/activitycodes', 'a')
    },
  ],
] as const)("a state %s is anybody's", async (_, happen) => {
  const world = await walkedWorld()
  await happen(world)
  expect(await world.outcomesOfANight()).toEqual(['handled'])
  expect(world.handled).toMatchObject([{ recovered: true, own: false, requestId: '' }])
})

type World = Awaited<ReturnType<typeof walkedWorld>>

it('a walk that cannot ask for writes fails, and takes no change for anybody else’s', async () => {
  const world = await walkedWorld()
  await world.write('/contacts/c')
  world.change('firm-0', '/contacts', 'c')
  world.pass(24 * hourMs)
  const broken = recordedWrites({ client, tableName: 'nowhere' }).lastWriteTo
  expect(await world.run(broken)).toMatchObject({ found: 0, left: 1 })
  expect(world.queue).toEqual([])
  expect(world.lines).toContainEqual(expect.objectContaining({ failure: 'catch-up', kind: 'contact' }))
})
