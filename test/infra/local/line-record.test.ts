import { stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import { formatLine } from '../../../infra/cli/terminal/format-line.ts'
import { deliveryJson } from '../../../infra/console/server/recent-deliveries.ts'
import { lineRecord, waitingEvents } from '../../../infra/local/line-record.ts'

const delivery = {
  type: 'log',
  level: 'info',
  json: '{"sb":1,"delivery":"accepted","event":"x-1","ms":1}',
} as const
const event = { type: 'log', level: 'info', json: '{"sb":1,"event":"handled","id":"x-1","ms":1}' } as const
const nothing = { accepted: 0, refused: 0, dropped: 0, quarantined: 0 }

it.each([
  ['consumer', delivery],
  ['consumer', { ...delivery, json: '{"sb":1,"delivery":"express"}' }],
  ['receiver', { ...delivery, json: '{"sb":1,"delivery":"express"}' }],
  ['receiver', { ...delivery, json: '{"sb":1,"delivery":"toString"}' }],
] as const)('takes no line of the %s for a delivery but the receiver’s own: %j', (source, logged) => {
  const record = lineRecord()
  const waiting = waitingEvents()
  record.subscribe(waiting.see)
  record.from(source)(logged)
  record.from(source)(logged)
  expect(record.counts).toEqual(nothing)
  expect(waiting.oldestEpochMs()).toBeUndefined()
  expect(record.lines.map((line) => [line.droppedByQueue, deliveryJson(line)])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ])
  for (const line of record.lines)
    expect(stripVTControlCharacters(formatLine(line))).toMatch(new RegExp(` {2}${source} +delivery: '`))
})

it('takes for an event’s end what the consumer itself says, and no other line', () => {
  const record = lineRecord()
  const waiting = waitingEvents()
  record.subscribe(waiting.see)
  record.from('receiver')(delivery)
  const others = ['{"event":"seen","id":"x-1"}', '{"message":"done","event":"handled","id":"x-1"}']
  for (const json of others) record.from('consumer')({ ...event, json })
  record.from('receiver')(event)
  record.from('keeper')(event)
  expect(waiting.oldestEpochMs()).toEqual(expect.any(Number))
  record.from('consumer')(event)
  expect(waiting.oldestEpochMs()).toBeUndefined()
  expect(record.counts).toEqual({ ...nothing, accepted: 1 })
})
