import { describe, expect, it } from 'vitest'
import handlers from '#handlers'
import { runHandlers, testEvent } from '#webhooks/testing'

describe('show-matter', () => {
  it('logs the state of the matter', async () => {
    const outcomes = await runHandlers(handlers, testEvent('matter.updated'))
    expect(outcomes['show-matter']).toMatchObject({
      outcome: 'handled',
      logs: [
        { message: 'matter is now', fields: { number: '10001', title: 'John Smith | Sale', status: 'Open' } },
      ],
    })
  })

  it('never goes back to an older state', async () => {
    const outcomes = await runHandlers(handlers, testEvent('matter.updated', { late: true }))
    expect(outcomes['show-matter']).toMatchObject({ outcome: 'superseded', logs: [] })
  })
})

describe('audit-contacts', () => {
  it('notes every change of a contact, late ones too', async () => {
    const event = testEvent('contact.deleted', { late: true })
    const outcomes = await runHandlers(handlers, event)
    expect(outcomes['audit-contacts']).toMatchObject({
      outcome: 'handled',
      logs: [{ fields: { contact: event.resource.id, how: 'contact.deleted', at: event.occurredAt } }],
    })
  })

  it('leaves other resources alone', async () => {
    expect(await runHandlers(handlers, testEvent('task.updated'))).toEqual({})
  })
})
