import { describe, expect, it } from 'vitest'
import { isSubscribed } from '../../../shared/event/type-patterns.ts'
import { is } from '../../../shared/handling/event.ts'
import { checkHandlers, InvalidHandlers, on } from '../../../shared/handling/handler-registry.ts'
import { RetryAfter } from '../../../shared/runtime/handler-errors.ts'

const nothing = () => {}

describe('handler registry', () => {
  it('takes exact types, kinds and all', () => {
    const exact = on(['contact.created', 'contact.updated'], { name: 'a' }, nothing)
    const kind = on('contact.*', { name: 'b' }, nothing)
    const all = on('*', { name: 'c' }, nothing)
    const types = [
      'contact.created',
      'contact.deleted',
      'contacts.created',
      'contact',
      'contact.',
      'Contact.created',
    ]
    const subscribed = (handler: typeof all) => types.filter((type) => isSubscribed(handler, type))
    expect(subscribed(exact)).toEqual(['contact.created'])
    expect(subscribed(kind)).toEqual(['contact.created', 'contact.deleted', 'contact.'])
    expect(subscribed(all)).toEqual(types)
  })

  it('defaults to the newest state, and to skipping own writes', () => {
    expect(on('*', { name: 'a' }, nothing)).toMatchObject({
      ...{ order: 'latest', own: 'skip', types: ['*'] },
      loopGuard: { writes: 20, minutes: 10 },
    })
  })

  it('narrows by exact type, kind or several', () => {
    expect(is({ type: 'contact.created' }, 'contact.created')).toBe(true)
    expect(is({ type: 'contact.created' }, 'contact.*')).toBe(true)
    expect(is({ type: 'contact.created' }, 'contact.updated', 'contact.created')).toBe(true)
    expect(is({ type: 'contact.created' }, 'contact.updated')).toBe(false)
  })

  it.each([
    ['no array', { a: 1 }, /Default-export an array/],
    ['something else in it', [nothing], /Entry 1 is not a handler: make it with `on\(/],
    ['no name', [on('*', {} as never, nothing)], /has no name: give it one/],
    ['no options', [on('*', undefined as never, nothing)], /has no name: give it one/],
    [
      'a name of JavaScript’s own',
      [on('*', { name: 'constructor' }, nothing)],
      /has that name for something/,
    ],
    ['a name that cannot be stored', [on('*', { name: 'a b' }, nothing)], /'a b': a name is 1 to 64/],
    [
      'a name twice',
      [on('*', { name: 'a' }, nothing), on('a.b', { name: 'a' }, nothing)],
      /'a' is there twice/,
    ],
    [
      'an unknown order',
      [on('*', { name: 'a', order: 'first' as never }, nothing)],
      /unknown order 'first'; use 'latest'/,
    ],
    ['an unknown own', [on('*', { name: 'a', own: 'no' as never }, nothing)], /unknown own 'no'; use 'skip'/],
    ['no types', [on([], { name: 'a' }, nothing)], /names no event type/],
    [
      'a pattern that matches nothing',
      [on('*.created', { name: 'a' }, nothing)],
      /'\*\.created' is no event type/,
    ],
  ])('refuses %s and says the fix', (_what, exported, message) => {
    expect(() => checkHandlers(exported)).toThrow(message)
  })

  it.each([{ writes: 0, minutes: 10 }, { writes: 20, minutes: 0.5 }, { writes: 20 }, 'on', null])(
    'refuses the loop guard %j and says the fix',
    (loopGuard) => {
      const handler = { ...on('*', { name: 'a' }, nothing), loopGuard }
      expect(() => checkHandlers([handler])).toThrow(/'a': loopGuard is 'off' or whole numbers from 1/)
    },
  )

  it('tells all that is wrong at once', () => {
    expect(() => checkHandlers([nothing, on([], { name: 'x y' }, nothing)])).toThrow(
      /Entry 1[\s\S]*x y[\s\S]*no event type/,
    )
  })

  it('refuses an option that there is not, when the handler is made', () => {
    const made = () => on('*', { name: 'a', owm: 'handle' } as never, nothing)
    expect(made).toThrow(InvalidHandlers)
    expect(made).toThrow("Handler 'a': unknown option 'owm'; there are name, order, own, loopGuard.")
  })

  it('takes a time for RetryAfter, at most 12 hours', () => {
    expect(new RetryAfter({ minutes: 5 }).delayMs).toBe(300_000)
    expect(new RetryAfter({ minutes: 1, seconds: 1 }).delayMs).toBe(61_000)
    expect(new RetryAfter({ minutes: 719, seconds: 60 }).delayMs).toBe(43_200_000)
    expect(new RetryAfter({ minutes: 721 }).delayMs).toBe(43_200_000)
    const none = [{}, { minutes: 0 }, { seconds: -1 }, { minutes: Number.NaN }, { hours: 24 }, 300, undefined]
    for (const each of none) {
      expect(() => new RetryAfter(each as { minutes: number })).toThrow(
        /takes minutes and seconds, more than 0/,
      )
    }
  })
})
