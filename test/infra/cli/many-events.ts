import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { expect, type TestContext } from 'vitest'
import { close, listen } from '../../../infra/http/listen.ts'
import { epochMsToTicks } from '../../../shared/event/ticks.ts'
import { eventRecord, startEpochMs } from '../../shared/ledger/event-table.ts'
import { eventsWorld } from './events-world.ts'

/** Stands before an engine, and counts what is asked of it by the name of the call. */
async function counting({ onTestFinished }: Pick<TestContext, 'onTestFinished'>, endpoint: string) {
  const calls: string[] = []
  const server = createServer(async (request, response) => {
    calls.push(String(request.headers['x-amz-target']).split('.')[1] ?? '')
    const { 'x-amz-target': target = '', authorization = '', 'x-amz-date': date = '' } = request.headers
    const headers = {
      ...{ 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': String(target), authorization },
      'x-amz-date': String(date),
    }
    const answer = await fetch(endpoint, { method: 'POST', headers, body: await buffer(request) })
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()))
  })
  const url = await listen(server)
  onTestFinished(() => close(server))
  return { url, calls }
}

/** Lists, finds and looks over so many events, of which 20 are dead-lettered, and expects few calls for each. */
export async function readByFewCalls(
  context: Pick<TestContext, 'onTestFinished'>,
  count: number,
): Promise<void> {
  const resources = Math.floor(count / 28)
  const records = Array.from({ length: count }, (_, at) =>
    eventRecord({
      ...{ resourceKey: `firm|contact|${at % resources}`, ticks: epochMsToTicks(startEpochMs + at) },
      ...{ receivedEpochMs: startEpochMs + at, type: at % 2 ? 'contact.updated' : 'contact.created' },
      ...(at % (count / 20) === 0 && { status: 'dead-lettered' as const }),
    }),
  )
  const world = await eventsWorld(context, records)
  const { url, calls } = await counting(context, world.env.AWS_ENDPOINT_URL_DYNAMODB ?? '')
  const run = async (...args: string[]) => {
    calls.splice(0)
    const { code, stdout, stderr } = await world.run([...args, '--json'], {
      env: { AWS_ENDPOINT_URL_DYNAMODB: url },
    })
    expect([code, stderr.replace(/^\d+ events looked at…\n/gm, '')]).toEqual([0, ''])
    return JSON.parse(stdout)
  }
  const first = await run('events', 'list')
  expect(calls).toEqual(['Query', 'Query', 'Query'])
  expect(first.events).toHaveLength(20)
  const newest = records.toReversed()
  expect(first.events.map(({ eventId }: { eventId: string }) => eventId)).toEqual(
    newest.slice(0, 20).map(({ eventId }) => eventId),
  )
  const second = await run('events', 'list', '--cursor', first.cursor)
  expect(calls).toHaveLength(3)
  expect(second.events[0].eventId).toBe(newest[20]?.eventId)

  const failed = await run('events', 'list', '--outcome', 'dead-lettered', '--limit', '3')
  expect(failed.events).toHaveLength(3)
  expect(calls.length).toBeLessThanOrEqual(9)
  await run('events', 'show', first.events[7].reference)
  expect(calls).toEqual(['Query', 'GetItem'])
  const history = await run('events', 'resource', 'firm', 'contact', '42')
  expect(history.events).toHaveLength(20)
  expect(calls.toSorted()).toEqual(['GetItem', 'Query'])
  const plan = await run('replay', '--outcome', 'dead-lettered', '--all', '--dry-run')
  expect(plan.events).toHaveLength(20)
}
