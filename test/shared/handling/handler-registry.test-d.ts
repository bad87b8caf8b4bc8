import { describe, expectTypeOf, it } from 'vitest'
import type { Contact, JsonValue, Matter, Task } from '#webhooks'
import { is, on, type SmokeballEvent, ticksToDate } from '#webhooks'

describe('types of events', () => {
  it('gives a listed type its payload', () => {
    on('matter.updated', { name: 'a' }, (event) => {
      expectTypeOf(event.type).toEqualTypeOf<'matter.updated'>()
      expectTypeOf(event.payload).toEqualTypeOf<Matter>()
      expectTypeOf(event.payload.title).toEqualTypeOf<string | null | undefined>()
      expectTypeOf(event.ticks).toExtend<bigint>()
      expectTypeOf(event.occurredAt).toEqualTypeOf<Date>()
      expectTypeOf(event.resource).toEqualTypeOf<{ kind: string; id: string }>()
    })
  })

  it('takes ids into paths, and nothing that may be missing', () => {
    on('matter.updated', { name: 'a' }, async ({ resource, payload }, { smokeball: { path, fetch } }) => {
      expectTypeOf(path`/matters/${resource.id}/fees/${1}/${2n}`).toEqualTypeOf<string>()
      await fetch(path`/matters/${resource.id}`, { method: 'PATCH' })
      await fetch('/matters?Limit=1')
      // @ts-expect-error every field of a payload may be missing or null
      path`/matters/${payload.number}`
      // @ts-expect-error it is a tag, and no function
      path(`/matters/${resource.id}`)
    })
  })

  it('gives a list the union, discriminated by type', () => {
    on(['contact.created', 'task.updated'], { name: 'a', order: 'latest' }, (event) => {
      expectTypeOf(event.type).toEqualTypeOf<'contact.created' | 'task.updated'>()
      if (event.type === 'task.updated') expectTypeOf(event.payload).toEqualTypeOf<Task>()
      else expectTypeOf(event.payload).toEqualTypeOf<Contact>()
    })
  })

  it('gives a kind all of its listed types, and the payload of the kind, which needs no cast', () => {
    on('matter.*', { name: 'a' }, async ({ payload, type }) => {
      expectTypeOf(payload).toEqualTypeOf<Matter>()
      expectTypeOf(payload.title).toEqualTypeOf<string | null | undefined>()
      if (type === 'matter.closed') return
    })
    on(['matter.*', 'task.updated'], { name: 'b' }, ({ payload }) =>
      expectTypeOf(payload).toEqualTypeOf<Matter | Task>(),
    )
    on('*', { name: 'c' }, (event) => {
      if (is(event, 'matter.*')) expectTypeOf(event.payload.title).toEqualTypeOf<string | null | undefined>()
      // @ts-expect-error of any event, nobody knows the payload: it may be no object
      event.payload.title
    })
    // A kind of which nothing is listed, and one of which no schema is.
    on('brand.*', { name: 'd' }, ({ payload }) => expectTypeOf(payload).toEqualTypeOf<JsonValue>())
    on('files.*', { name: 'e' }, ({ payload }) => expectTypeOf(payload).toEqualTypeOf<JsonValue>())
    on('contact.*', { name: 'a', order: 'every' }, (event) => {
      if (event.type === 'contact.deleted') expectTypeOf(event.payload).toEqualTypeOf<Contact>()
      if (is(event, 'contact.created')) expectTypeOf(event.payload).toEqualTypeOf<Contact>()
      // @ts-expect-error no contact is a matter
      if (event.type === 'matter.updated') return
    })
  })

  it('gives all events a union that switches and narrows', () => {
    on('*', { name: 'a' }, (event) => {
      expectTypeOf(event).toEqualTypeOf<SmokeballEvent>()
      switch (event.type) {
        case 'matter.updated':
          expectTypeOf(event.payload).toEqualTypeOf<Matter>()
          break
        case 'error':
          expectTypeOf(event.payload.message).toEqualTypeOf<string | null | undefined>()
          break
        default:
          expectTypeOf(event.type).toExtend<string>()
      }
      if (is(event, 'contact.created', 'task.updated'))
        expectTypeOf(event.payload).toEqualTypeOf<Contact | Task>()
      if (is(event, 'brand.new')) expectTypeOf(event.payload).toEqualTypeOf<JsonValue>()
    })
  })

  it('gives an unlisted type JSON', () => {
    on('brand.new', { name: 'a' }, (event) => {
      expectTypeOf(event.type).toEqualTypeOf<'brand.new'>()
      expectTypeOf(event.payload).toEqualTypeOf<JsonValue>()
    })
    on('files.updated', { name: 'a' }, (event) => expectTypeOf(event.payload).toEqualTypeOf<JsonValue>())
  })

  it('has bigint only where ticks are', () => {
    expectTypeOf<Contact['lastUpdated']>().toEqualTypeOf<bigint | number | null | undefined>()
    on('fee.updated', { name: 'a' }, (event) =>
      expectTypeOf(event.payload.duration).toEqualTypeOf<number | null | undefined>(),
    )
    on(
      'contact.updated',
      { name: 'a' },
      ({ payload }) => payload.lastUpdated && ticksToDate(payload.lastUpdated),
    )
  })

  it('lets every field of a payload be missing or null', () => {
    expectTypeOf<Record<string, never>>().toExtend<Matter>()
    expectTypeOf<{ title: null }>().toExtend<Matter>()
  })

  it('wants a name', () => {
    // @ts-expect-error options are required
    on('matter.updated', () => {})
    // @ts-expect-error and so is the name in them
    on('matter.updated', {}, () => {})
    // @ts-expect-error an order that does not exist
    on('matter.updated', { name: 'a', order: 'first' }, () => {})
  })

  it('gives a handler its context', () => {
    on('*', { name: 'a' }, (_event, { log, signal, idempotencyKey }) => {
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      expectTypeOf(idempotencyKey).toEqualTypeOf<string>()
      log.info('text', { any: 1n })
    })
  })
})
