import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { knownEventTypes } from '../../../shared/event/payloads.generated.ts'
import { canonicalLine, lineBytes, lineIds } from '../../../shared/runtime/canonical-line.ts'

const guid = '1e53979d-9269-4159-b104-2e603670f59d'
const receivedEpochMs = Date.UTC(2026, 6, 1)
const ids = lineIds({ accountId: guid, resource: { id: guid }, eventId: 'a'.repeat(32), receivedEpochMs })

describe('canonical line', () => {
  it.each(knownEventTypes)('of %s is whole within 200 bytes', (type) => {
    const delivery = {
      delivery: 'accepted',
      type,
      resource: ids.resource,
      event: ids.id,
      ms: 7999,
      key: '01234567',
    }
    const event = { event: 'dead-lettered', type, ...ids, ms: 29_999, attempt: 20 }
    for (const fields of [delivery, event]) {
      const line = canonicalLine(fields)
      expect(Buffer.byteLength(JSON.stringify(line))).toBeLessThanOrEqual(200)
      // Beside the longest type, a few digits of the resource's id are too many: the event's reference is there.
      if (type.length <= 25) expect(line).toEqual(fields)
      else expect(line).toEqual({ ...fields, resource: expect.stringContaining(ids.resource.slice(0, -10)) })
    }
  })

  it('is cut to 200 bytes whatever the ids and types', () => {
    const text = fc.string({ unit: 'binary', maxLength: 400 })
    fc.assert(
      fc.property(text, text, text, (type, accountId, id) => {
        const named = lineIds({ accountId, resource: { id }, eventId: 'a'.repeat(32), receivedEpochMs })
        const line = canonicalLine({ event: 'dead-lettered', type, ...named, ms: 29_999, attempt: 20 })
        expect(Buffer.byteLength(JSON.stringify(line))).toBeLessThanOrEqual(200)
        expect(lineBytes(line)).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(line)))
      }),
    )
  })

  it('leaves out what is undefined', () => {
    expect(canonicalLine({ delivery: 'refused', why: undefined, ms: 1 })).toEqual({
      delivery: 'refused',
      ms: 1,
    })
  })
})
