import { describe, expect, it } from 'vitest'
import { creationOf } from '../../shared/catch-up/creation.ts'
import { ticksToDate } from '../../shared/event/ticks.ts'
import { catchUpWorld } from './catch-up-world.ts'
import { randomOf } from './fortnight.ts'

const hourMs = 3_600_000
const startEpochMs = Date.UTC(2026, 10, 2)

/** A world in which lists were walked once, for handlers of these types. */
async function walkedWorld(patterns: readonly string[]) {
  const world = catchUpWorld({ startEpochMs, firms: 1, random: randomOf(1) })
  const run = () => world.run({ over: { patterns } })
  await run()
  world.pass(3 * hourMs)
  return { ...world, run }
}

const iso = (epochMs: number) => new Date(epochMs).toISOString()
const day = (epochMs: number) => iso(epochMs).slice(0, 10)

describe('what was created meanwhile', () => {
  it.each([
    ['task', '/tasks', 'createdDate'],
    ['fee', '/matters/m/fees', 'createdDate'],
    ['memo', '/matters/m/memos', 'createdDate'],
  ] as const)('is told as created: a %s whose date lies within the walk', async (kind, path, field) => {
    const world = await walkedWorld([`${kind}.*`])
    const created = (epochMs: number) => ({ fields: `,"${field}":"${iso(epochMs)}"` })
    await world.deliver(world.change('firm-0', path, 'seen', created(world.now())))
    world.handled.length = 0
    world.pass(1_000)
    world.change('firm-0', path, 'new', created(world.now() - 1_000))
    world.change('firm-0', path, 'old', created(startEpochMs - 48 * hourMs))
    world.change('firm-0', path, 'from the future', created(world.now() + 72 * hourMs))
    world.change('firm-0', path, 'seen', created(world.now() - 1_000))
    world.change('firm-0', path, 'undated')
    world.change('firm-0', path, 'undated', { isDeleted: true, ...created(world.now()) })
    world.change('firm-0', '/matters', 'm')
    world.pass(24 * hourMs)
    expect(await world.run()).toMatchObject({ found: 5, left: 0 })
    await world.consume()
    expect(world.handled.map(({ type, resource }) => [resource.id, type]).toSorted()).toEqual([
      ['from the future', `${kind}.updated`],
      ['new', `${kind}.created`],
      ['old', `${kind}.updated`],
      ['seen', `${kind}.updated`],
      ['undated', `${kind}.deleted`],
    ])
    world.pass(24 * hourMs)
    expect(await world.run()).toMatchObject({ found: 0 })
  })

  it('is told to a handler of creations alone, and what is older to one of updates alone', async () => {
    for (const [pattern, id] of [
      ['task.created', 'new'],
      ['task.updated', 'old'],
    ] as const) {
      const world = await walkedWorld([pattern])
      world.change('firm-0', '/tasks', 'new', { fields: `,"createdDateOnly":"${day(world.now())}T00:00:00"` })
      world.change('firm-0', '/tasks', 'old', { fields: `,"createdDateOnly":"2026-10-02T00:00:00"` })
      world.change('firm-0', '/tasks', 'undated')
      world.pass(24 * hourMs)
      expect(await world.run()).toMatchObject({ found: 1 })
      await world.consume()
      expect(world.handled.map(({ type, resource }) => [type, resource.id])).toEqual([[pattern, id]])
    }
  })

  it('is told as updated where a date may be dated back: contacts and matters', async () => {
    const world = await walkedWorld(['*'])
    world.change('firm-0', '/contacts', 'c', { fields: `,"createdDate":"${iso(world.now())}"` })
    world.change('firm-0', '/matters', 'm', { fields: `,"openedDate":"${iso(world.now())}"` })
    world.pass(24 * hourMs)
    await world.run()
    await world.consume()
    expect(world.handled.map(({ type }) => type).toSorted()).toEqual(['contact.updated', 'matter.updated'])
  })

  it('counts for files that were added with an older date of their own', async () => {
    const world = await walkedWorld(['files.updated'])
    world.change('firm-0', '/matters/m/documents/files', 'f', {
      fields: `,"dateCreated":"${iso(world.now())}"`,
    })
    const [[, file] = [undefined, { text: '' }]] = world.held('firm-0', '/matters/m/documents/files')
    file.text = file.text.replace(/"dateModified":"[^"]+"/, '"dateModified":"2019-05-01T10:00:00Z"')
    world.change('firm-0', '/matters', 'm')
    world.pass(24 * hourMs)
    expect(await world.run()).toMatchObject({ found: 1 })
  })
})

describe('the time of a creation', () => {
  const told = (payload: object) => {
    const creation = creationOf({ created: ['createdDate', 'createdDateOnly'] }, payload)
    return creation && [iso(ticksToDate(creation.from).getTime()), iso(ticksToDate(creation.until).getTime())]
  }
  const wholeDay = ['2026-11-19T10:00:00.000Z', '2026-11-21T12:00:00.000Z']

  it.each([
    [{ createdDate: '2026-11-20T09:30:12.345Z' }, ['2026-11-20T09:30:12.000Z', '2026-11-20T09:30:13.000Z']],
    [{ createdDate: '2026-11-20T09:30:12' }, ['2026-11-20T09:30:12.000Z', '2026-11-20T09:30:13.000Z']],
    [{ createdDate: '2026-11-20' }, wholeDay],
    [{ createdDate: '2026-11-20T00:00:00' }, wholeDay],
    [{ createdDate: '2026-11-20T00:00:00.0000000+11:00' }, wholeDay],
    [{ createdDate: null, createdDateOnly: '2026-11-20T00:00:00Z' }, wholeDay],
    [{ createdDate: 'yesterday', createdDateOnly: '2026-11-20' }, wholeDay],
    [{ createdDate: 20261120, createdDateOnly: '2026-13-20' }, undefined],
    [{}, undefined],
  ])('%j', (payload, expected) => {
    expect(told(payload)).toEqual(expected)
  })

  it('is none where a kind has no field for it, or a row is no object', () => {
    expect(creationOf({}, { createdDate: '2026-11-20' })).toBeUndefined()
    expect(creationOf({ created: ['createdDate'] }, undefined)).toBeUndefined()
    expect(
      creationOf({ created: ['createdDate'] }, { createdDate: '0001-01-01T00:00:00' })?.until,
    ).toBeLessThan(2_000_000_000_000n)
  })
})
