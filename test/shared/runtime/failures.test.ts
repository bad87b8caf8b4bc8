import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { retentionOf } from '../../../shared/ledger/retention.ts'
import { backOffMs } from '../../../shared/runtime/back-off.ts'
import { describeFailure } from '../../../shared/runtime/failures.ts'
import { redactSecrets } from '../../../shared/runtime/redact-secrets.ts'

const none = () => ''
const thrower = (): never => {
  throw new Error('no look at this')
}
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

describe('failure', () => {
  it('is told with its stack, mapped, and its causes', () => {
    const error = new TypeError('outer', { cause: new Error('inner', { cause: 'a text' }) })
    const text = describeFailure(error, (stack) => stack.replaceAll('failures.test.ts', 'mapped.ts'))
    expect(text).toMatch(/^TypeError: outer\n {4}at .*mapped\.ts/)
    expect(text).toMatch(/\ncaused by Error: inner\n[\s\S]*\ncaused by thrown: a text$/)
  })

  it('is cut, and ends for causes in a circle', () => {
    const error = new Error('x'.repeat(10_000))
    error.cause = error
    expect(describeFailure(error)).toHaveLength(4096)
  })

  it('is redacted before it is cut, so that no part of a secret stays', () => {
    const secrets = new Map([['KEY', 'abcd'.repeat(8)]])
    const error = new Error(`${'x'.repeat(4080)}${secrets.get('KEY')}`)
    const text = describeFailure(error, undefined, (whole) => redactSecrets(whole, secrets))
    expect(text).toHaveLength(4096)
    expect(text).not.toContain('abcd')
  })

  it('is told of whatever is thrown', () => {
    expect(describeFailure({})).toBe('thrown: [object Object]')
    expect(describeFailure(null)).toBe('thrown: null')
    expect(describeFailure(undefined)).toBe('thrown: undefined')
    expect(describeFailure(Object.create(null))).toBe('thrown: object')
    expect(describeFailure(Symbol('s'))).toBe('thrown: Symbol(s)')
    expect(describeFailure({ toString: () => ({}) })).toBe('thrown: object')
    expect(describeFailure({ toString: () => thrower() })).toBe('thrown: object')
  })

  it('is told of a proxy that is revoked, or fails at each look', () => {
    const { proxy, revoke } = Proxy.revocable(new Error('gone'), {})
    revoke()
    expect(describeFailure(proxy)).toBe('thrown: object')
    const failing = new Proxy(new Error('gone'), { get: thrower })
    expect(describeFailure(failing)).toBe('Error')
    expect(describeFailure(new Error('outer', { cause: proxy }), none)).toBe(
      'Error: outer\ncaused by thrown: object',
    )
  })

  it.each(['name', 'message', 'stack', 'code', 'cause', 'errors'])(
    'leaves out a member whose getter throws: %s',
    (member) => {
      const error = Object.defineProperty(new TypeError('told'), member, { get: thrower })
      expect(describeFailure(error)).toContain(member === 'message' ? 'TypeError' : 'told')
    },
  )

  it.each([
    ['an array', ['    at a (one.ts:1:1)'], 'Error: told\n    at a (one.ts:1:1)'],
    ['a number', 7, 'Error: told'],
    ['a revoked proxy', revoked(), 'Error: told'],
    ['null', null, 'Error: told'],
  ])('takes %s for a stack', (_, stack, text) => {
    expect(describeFailure(Object.assign(new Error('told'), { stack }))).toBe(text)
  })

  it('takes what is no text for a name and a message', () => {
    expect(describeFailure(Object.assign(new Error(), { message: 7, name: ['A', 'B'] }), none)).toBe('A,B: 7')
    expect(describeFailure(Object.assign(new Error(), { message: Symbol('s'), name: null }), none)).toBe(
      'Error: Symbol(s)',
    )
  })

  it('has its code, unless the message says it', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    expect(describeFailure(refused, none)).toBe('Error: connect (ECONNREFUSED)')
    const said = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    expect(describeFailure(said, none)).toBe('Error: connect ECONNREFUSED')
    expect(describeFailure(Object.assign(new Error('x'), { code: { odd: true } }), none)).toBe('Error: x')
  })

  it('is told with all that an AggregateError stands for', () => {
    const refused = ['::1', '127.0.0.1'].map((address) => new Error(`connect to ${address}`))
    const error = new AggregateError(refused, '', { cause: new Error('why') })
    expect(describeFailure(error, none)).toBe(
      [
        'AggregateError',
        'one of: Error: connect to ::1',
        'one of: Error: connect to 127.0.0.1',
        'caused by Error: why',
      ].join('\n'),
    )
  })

  it('is told once for causes and errors in a circle, and of eight at most', () => {
    const [one, other] = [new Error('one'), new AggregateError([], 'other')]
    one.cause = other
    other.errors.push(one, other)
    expect(describeFailure(one, none)).toBe('Error: one\ncaused by AggregateError: other')
    const many = new AggregateError(Array.from({ length: 100 }, (_, nth) => new Error(`e${nth}`)))
    expect(describeFailure(many, none).split('\n')).toHaveLength(8)
    let deep = new Error('the first')
    for (let nth = 0; nth < 10_000; nth++) deep = new Error('later', { cause: deep })
    expect(describeFailure(deep, none).split('\n')).toHaveLength(8)
  })

  /** The frames that a failure is told with. */
  function framesOf(thrown: unknown): string[] {
    const frames: string[] = []
    describeFailure(thrown, (stack) => {
      if (stack !== '') frames.push(...stack.split('\n'))
      return ''
    })
    return frames
  }
  const fake = '    at fake (fake.ts:1:1)'

  it.each([
    ['a message', new Error(`first\n${fake}\nlast`)],
    ['a message that ends with some', new Error(`first\n${fake}`)],
    ['a message of nothing else', new Error(`\n${fake}`)],
    ['a class of its own', new (class Gone extends TypeError {})(`first\n${fake}\nlast`)],
    ['a name that is set later', Object.assign(new Error(`first\n${fake}`), { name: 'Gone' })],
    ['an error of Node', Object.assign(new TypeError(`first\n${fake}`), { code: 'ERR_INVALID_ARG_TYPE' })],
    ['a cause', new Error('outer', { cause: new Error(`first\n${fake}`) })],
    ['one of several', new AggregateError([new Error(`first\n${fake}`)], `all\n${fake}`)],
  ])('has frames, and those after its message alone, which may look like some: %s', (_, error) => {
    const frames = framesOf(error)
    expect(frames.length).toBeGreaterThan(0)
    expect(frames.filter((line) => !line.startsWith('    at ') || line.includes('fake.ts'))).toEqual([])
  })

  it('has no frames when its stack does not begin with its name and message', () => {
    const read = (message: string) => {
      const error = new Error(message)
      expect(error.stack).toContain(message)
      return error
    }
    const altered = [
      Object.assign(read(`first\n${fake}\nlast`), { message: 'other' }),
      Object.assign(read(`first\n${fake}\nlast`), { message: '' }),
      // Its beginning, or its end, as who shortens a message leaves it.
      Object.assign(read(`first\n${fake}\nlast`), { message: 'first' }),
      Object.assign(read(`first: second\n${fake}`), { message: 'second' }),
      Object.assign(read(`first\n${fake}`), { message: 'fir' }),
      Object.assign(new Error('told'), { stack: `A matter\n${fake}` }),
      Object.assign(new Error('told'), { stack: `Error: told and more\n${fake}` }),
      Object.assign(new Error('told'), { stack: `Error: told\n${fake}\nand a text\n${fake}` }),
    ]
    expect(altered.map(framesOf)).toEqual(altered.map(() => []))
  })

  it('keeps the frames of an error whose stack was read before, and of one that Node made', () => {
    const read = new RangeError('told')
    expect(read.stack).toContain('told')
    expect(framesOf(read).length).toBeGreaterThan(0)
    try {
      new URL('no address')
    } catch (error) {
      expect(framesOf(error).length).toBeGreaterThan(0)
    }
    const said = 'Error\n    at f (f.ts:1:1)'
    expect(framesOf(Object.assign(new Error(), { stack: said }))).toEqual(['    at f (f.ts:1:1)'])
  })

  it('has 50 frames at most', () => {
    const stack = ['Error: told', ...Array<string>(1_000).fill(fake)].join('\n')
    expect(framesOf(Object.assign(new Error('told'), { stack }))).toHaveLength(50)
  })

  it('is told without a stack when that cannot be mapped', () => {
    expect(describeFailure(new Error('told'), thrower)).toBe('Error: told')
  })

  it('of another realm is told as any other', () => {
    const error = runInNewContext("new TypeError('theirs', { cause: new Error('inner') })")
    expect(describeFailure(error, none)).toBe('TypeError: theirs\ncaused by Error: inner')
  })
})

describe('back-off', () => {
  it('doubles from 5 s to 5 min', () => {
    const longest = Array.from({ length: 19 }, (_, index) => backOffMs(index + 1, 1) / 1000)
    expect(longest.slice(0, 7)).toEqual([5, 10, 20, 40, 80, 160, 300])
    expect(longest.reduce((sum, seconds) => sum + seconds) / 60).toBeCloseTo(70.25)
    expect(longest.slice(6)).toEqual(Array(13).fill(300))
  })

  it('is at least half of that, and spread evenly over the other half', () => {
    expect([1, 2, 3, 7, 19].map((failures) => backOffMs(failures, 0) / 1000)).toEqual([2.5, 5, 10, 150, 150])
    expect([0, 0.25, 0.5, 0.75].map((random) => backOffMs(3, random))).toEqual([
      ...[10_000, 12_500, 15_000, 17_500],
    ])
  })
})

describe('retention', () => {
  it('is at least 30 days for events, and longer for ledgers', () => {
    expect(retentionOf({ events: 30, ledgers: 400 })).toEqual({
      eventsMs: 2_592_000_000,
      ledgersMs: 34_560_000_000,
    })
    expect(() => retentionOf({ events: 29.9, ledgers: 400 })).toThrow(/at least 30 days/)
    expect(() => retentionOf({ events: 30, ledgers: 30 })).toThrow(/longer than events/)
    expect(() => retentionOf({ events: Number.NaN, ledgers: 1 })).toThrow(/at least 30 days/)
  })
})
