import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { payloadOf, readEnvelope } from '../../../shared/event/envelope.ts'
import { resourceOf } from '../../../shared/event/resource-of-event.ts'

const samples = new URL('../../../infra/smokeball/samples/', import.meta.url)
const sample = (name: string) => readFileSync(new URL(name, samples), 'utf8')
const withPayload = (type: string, payload: string) =>
  `{"accountId":"a","type":"${type}","timestamp":1,"payload":${payload}}`

describe('envelope', () => {
  const names = readdirSync(samples).filter((name) => name !== 'INDEX.json')

  it.each(names)('reads %s', (name) => {
    const text = sample(name)
    const envelope = readEnvelope(text)
    expect(envelope.type).toBe(name.replace('.json', ''))
    expect(text).toContain(`"timestamp": ${envelope.ticks}`)
    expect(text).toContain(envelope.payloadText)
  })

  it('keeps the digits of ticks inside the payload', () => {
    const task = readEnvelope(sample('task.updated.json'))
    expect(payloadOf(task)).toMatchObject({ lastUpdated: 639170697123456789n })
  })

  it('takes a byte order mark for no part of it', () => {
    const text = sample('task.updated.json')
    expect(readEnvelope(`\uFEFF${text}`)).toEqual(readEnvelope(text))
    expect(() => readEnvelope(`\uFEFF\uFEFF${text}`)).toThrow(/not JSON/)
  })

  it('tells the two events of timestamps that differ in the last digit', () => {
    const text = sample('matter.updated.json')
    const later = text.replace('639170696424691361', '639170696424691362')
    const [a, b] = [readEnvelope(text), readEnvelope(later)]
    expect(b.ticks - a.ticks).toBe(1n)
    expect(a.eventId).not.toBe(b.eventId)
    expect(a.resourceKey).toBe(b.resourceKey)
  })

  it('lets unknown types and fields pass, and a noop without payload', () => {
    expect(
      readEnvelope(withPayload('brand.new', '{"id":"x"}').replace('{', '{"id":"top","new":[1],')),
    ).toMatchObject({
      type: 'brand.new',
      resource: { kind: 'brand', id: 'x' },
      userId: undefined,
    })
    expect(readEnvelope('{"accountId":"a","type":"noop","timestamp":1}').payloadText).toBe('')
  })

  it.each([
    ['not JSON', 'nope', /not JSON/],
    ['an array', '[]', /not an object/],
    ['null', 'null', /not an object/],
    ['a string', '"x"', /not an object/],
    ['no account', '{"type":"a.b","timestamp":1,"payload":{}}', /`accountId`/],
    ['an account of another kind', '{"accountId":7,"type":"a.b","timestamp":1,"payload":{}}', /`accountId`/],
    ['an empty type', withPayload('', '{}'), /`type`/],
    ['no timestamp', '{"accountId":"a","type":"a.b","payload":{}}', /`timestamp` is missing/],
    ['a rounded timestamp', withPayload('a.b', '{}').replace(':1,', ':6.39e17,'), /not ticks/],
    ['a negative timestamp', withPayload('a.b', '{}').replace(':1,', ':-1,'), /not ticks/],
    ['a timestamp in quotes', withPayload('a.b', '{}').replace(':1,', ':"1",'), /not ticks/],
    ['no payload', '{"accountId":"a","type":"a.b","timestamp":1}', /`payload` is missing/],
    [
      'facts inherited, not given',
      '{"__proto__":{"accountId":"a","type":"a.b"},"timestamp":1,"payload":{}}',
      /`accountId`/,
    ],
  ])('says what is wrong with %s, and quotes none of it', (_what, text, message) => {
    expect(() => readEnvelope(text)).toThrow(message)
    expect(() => readEnvelope(text)).toThrow(/^Not a Smokeball notification: [\w` ]+\.$/)
  })

  it('makes the payload anew each time, so that nobody sees what another changed', () => {
    const envelope = readEnvelope(withPayload('a.b', '{"id":639170696424691361}'))
    const changed = payloadOf(envelope) as { id: unknown }
    changed.id = 0
    expect(payloadOf(envelope)).toEqual({ id: 639170696424691361n })
    expect(payloadOf(readEnvelope('{"accountId":"a","type":"noop","timestamp":1}'))).toBeNull()
  })

  describe('of many levels', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}1234567890123456789${']'.repeat(levels)}`
    const tooDeep = 'Not a Smokeball notification: nested deeper than 100 levels.'

    it('is read up to the hundredth', () => {
      expect(readEnvelope(withPayload('a.b', nested(99))).payloadText).toBe(nested(99))
    })

    it.each([
      ['payload', withPayload('a.b', nested(100))],
      ['payload of objects', withPayload('a.b', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`)],
      ['member beside it', `{"x":${nested(100)},${withPayload('a.b', '{}').slice(1)}`],
      ['payload that another one replaces', `{"payload":${nested(100)},${withPayload('a.b', '{}').slice(1)}`],
      ['root', nested(101)],
      ['text that is no JSON', `{"x":${'['.repeat(100)}`],
      ['body of millions', withPayload('a.b', nested(2_900_000))],
    ])('is refused for one more in the %s', (_where, text) => {
      expect(() => readEnvelope(text)).toThrow(tooDeep)
    })

    it('counts no bracket in a string', () => {
      const text = withPayload('a.b', JSON.stringify(`"\\${'['.repeat(200)}`))
      expect(readEnvelope(text).payloadText).toContain('[[[')
    })
  })

  it.each(['{"x":"', '{"x":"\\', '{"x":[', '{"x":"]', '{"x', '{"a" "b"', '{"\\q":1}', '{"x":1}]', '', ' '])(
    'says of %j that it is no JSON, and comes to an end',
    (text) => {
      expect(() => readEnvelope(text)).toThrow(/not JSON/)
    },
  )
})

describe('resource of an event', () => {
  it.each([
    ['matter.updated', { id: 'm' }, 'm'],
    ['mattertype.updated', { id: '8aca_IL' }, '8aca_IL'],
    ['files.updated', { id: 'f', matterId: 'm' }, 'm'],
    ['files.updated', { matter: { id: 'm' } }, 'm'],
    ['matterstage.updated', { id: 'x', matter: { id: 'm' } }, 'm'],
    ['roles.updated', { href: '/matters/m1/roles' }, 'm1'],
    ['roles.created', { id: 'r', matterId: 'm' }, 'm'],
    ['user.registered', { userId: 'u', id: 'x' }, 'u'],
    ['layoutmatter.updated', { items: [{ itemId: 'i' }] }, 'i'],
    ['layoutmatter.updated', { href: 'https://api.smokeball.com/matters/m/layouts' }, 'm'],
    ['billingconfiguration.updated', { href: '/matters/m/billingconfiguration' }, 'm'],
    ['matteritems.updated', { items: [{ name: 'none' }, { id: 'no', href: '/matters/m/info' }] }, 'm'],
    ['unheard.of', { id: 'x' }, 'x'],
    ['toString.updated', { id: 'x' }, 'x'],
    ['contact.updated', { id: 7 }, '7'],
    ['contact.updated', { id: ' MyFirm|😀' }, ' MyFirm|😀'],
  ])('%s %j is about %s', (type, payload, id) => {
    expect(resourceOf(type, payload, 'own')).toEqual({ kind: type.split('.')[0], id })
  })

  it.each([
    ['error', { resourceId: 'r', id: 'x' }],
    ['noop', { id: 'x' }],
    ['contact.updated', null],
    ['contact.updated', { id: '' }],
    ['contact.updated', { id: { nested: 1 } }],
    ['contact.updated', { id: Number('9007199254740993') }],
    ['contact.updated', 'text'],
    ['roles.updated', { href: '/contacts/c' }],
    ['matteritems.updated', { items: { href: '/matters/m/' } }],
  ])('%s %j is a resource of its own', (type, payload) => {
    expect(resourceOf(type, payload, 'own').id).toBe('own')
  })

  it('takes an id beyond 2^53 for none, rounded or not, so that both Lambdas agree', () => {
    expect(resourceOf('contact.updated', { id: 9007199254740993n }, 'own').id).toBe('own')
  })
})
