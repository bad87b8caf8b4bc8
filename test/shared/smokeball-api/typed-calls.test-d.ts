import { describe, expectTypeOf, it } from 'vitest'
import type { Answer, Contact, Listed, Matter, MatterStage } from '#webhooks'
import { on } from '#webhooks'

describe('types of typed calls', () => {
  it('knows what a path answers, and what it takes', () => {
    on('matter.updated', { name: 'a' }, async ({ resource, payload }, { smokeball: { get } }) => {
      const matter = await get('/matters/{matterId}', { matterId: resource.id })
      expectTypeOf(matter).toEqualTypeOf<Matter>()
      expectTypeOf(matter.title).toEqualTypeOf<string | null | undefined>()
      expectTypeOf(await get('/matters/{matterId}/stages', { matterId: 1 })).toEqualTypeOf<MatterStage>()
      await get('/firm')
      await get('/firm', {})
      expectTypeOf<Answer<'/contacts/{id}'>>().toEqualTypeOf<Contact>()
      // @ts-expect-error the id is missing
      await get('/matters/{matterId}')
      // @ts-expect-error every field of a payload may be missing or null
      await get('/matters/{matterId}', { matterId: payload.number })
      // @ts-expect-error another name
      await get('/matters/{matterId}', { id: resource.id })
      // @ts-expect-error the path takes nothing
      await get('/firm', { fields: 'x' })
      // @ts-expect-error there is no such path
      await get('/matter/{matterId}', { matterId: 'x' })
      // @ts-expect-error it is a list
      await get('/matters')
    })
  })

  it('knows what a list can be filtered by, and what its items are', () => {
    on('matter.updated', { name: 'a' }, async ({ ticks }, { smokeball: { list } }) => {
      for await (const contact of list('/contacts')) {
        expectTypeOf(contact).toEqualTypeOf<Contact>()
        expectTypeOf(contact.lastUpdated).toEqualTypeOf<bigint | number | null | undefined>()
      }
      list('/contacts', { updatedSince: ticks, type: ['Person'], excludeDeletedContacts: true, limit: 50 })
      list('/matters', { updatedSince: new Date(), type: 'Leads' })
      list('/events', { from: new Date(), matterId: 'x' })
      list('/matters/{matterId}/fees', { matterId: 'x', updatedSince: undefined })
      expectTypeOf<Listed<'/matters'>>().toEqualTypeOf<Matter>()
      // @ts-expect-error the matter is missing
      list('/matters/{matterId}/fees')
      // @ts-expect-error a text is no time
      list('/contacts', { updatedSince: '2026-11-01' })
      // @ts-expect-error the client chooses the filter's name
      list('/tasks', { lastUpdated: new Date() })
      // @ts-expect-error memos cannot be filtered by their last change
      list('/matters/{matterId}/memos', { matterId: 'x', updatedSince: new Date() })
      // @ts-expect-error the client sees to the offset
      list('/contacts', { offset: 500 })
      // @ts-expect-error it is no list
      list('/firm')
    })
  })
})
