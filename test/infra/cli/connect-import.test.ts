import { describe, expect, it, vi } from 'vitest'
import { connectedWorld, firm, wholeWorld } from './deployed-world.ts'

vi.mock(import('../../../shared/smokeball-api/token-bucket.ts'), () => import('./no-pace.ts'))

const contact = (id: string, accountId = firm) => ({ accountId, collection: 'contacts', id })
/** It is one of this checkout's handlers, and takes contact.*. */
const handler = 'audit-contacts'

describe('connect --import', () => {
  it('shows all that the firm has to the handler that is named, once, and no more to the others', async (context) => {
    const shown: [string, string, string | undefined][] = []
    const world = await wholeWorld(context, {
      handlers: [handler, 'see'],
      handle: ({ type, source, resource: { id } }, name) => void shown.push([name, `${type} ${id}`, source]),
    })
    for (const id of ['c-1', 'c-2', 'c-3'])
      world.fake.change(contact(id), { action: 'created', isTold: false })
    await world.fake.settled()
    world.fake.change(contact('c-3'), { action: 'deleted', isTold: false })
    await world.fake.settled()
    const args = ['connect', ...world.place, '--account', firm, '--import', '--handler', handler]
    const { code, stdout, stderr } = await world.run(args, { stdin: world.lines })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Import for audit-contacts: 3 contact\nSee them: .*events list --account firm-1/m)
    // The firm had a contact before.
    const imported = () => shown.filter(([, what]) => what.includes(' c-'))
    await vi.waitFor(
      () => expect(shown.filter(([, what]) => what.startsWith('contact.'))).toHaveLength(3),
      10_000,
    )
    expect(imported().toSorted()).toEqual([
      [handler, 'contact.created c-1', 'FirstImport'],
      [handler, 'contact.created c-2', 'FirstImport'],
    ])
    const listed = async () => (await world.run(['events', 'list', '--type', 'contact.*'])).stdout
    await vi.waitFor(
      async () => expect(await listed()).toMatch(/handled +contact\.created \(import\) +c-2/),
      10_000,
    )

    // A state that was shown is passed by; an update that comes after it is an event as any.
    expect((await world.run(args)).code).toBe(0)
    world.fake.change(contact('c-1'), { action: 'updated' })
    await vi.waitFor(() => expect(imported().length).toBeGreaterThan(3), 10_000)
    expect(imported().slice(2).toSorted()).toEqual([
      [handler, 'contact.updated c-1', 'Smokeball'],
      ['see', 'contact.updated c-1', 'Smokeball'],
    ])
    // A handler may have been added after a delivery: an import that begins then shows what was delivered before.
    expect((await world.run(args)).code).toBe(0)
    const again = () =>
      imported().filter(([name, what]) => name === handler && what === 'contact.created c-1')
    await vi.waitFor(() => expect(again()).toHaveLength(2), 10_000)
    const reference = /^(\S+) .*\(import\) +c-2/m.exec(await listed())?.[1] ?? ''
    const replayed = await world.run(['replay', reference, '--handler', 'show-matter', '--dry-run'])
    expect(replayed.stdout).toContain('it was imported for another handler')
  })

  it.for([
    [['--import'], /that you name by --handler NAME\. An import can be for: show-matter, audit-contacts/],
    [['--handler', handler], /give --import with it/],
    [['--import', '--handler', 'audit-contact'], /No handler is called 'audit-contact'\. .*audit-contacts/],
    [
      ['--import', '--handler', 'explain-failed-writes'],
      /takes the creation of no kind that an import shows\. .* of the whole firm: matter, contact, .* What belongs to a matter is not imported, and neither .* no time\. An import can be for: show-matter/,
    ],
  ] as const)('refuses %j before it changes anything', async ([args, problem], context) => {
    const world = await connectedWorld(context)
    const { code, stderr } = await world.run(['connect', ...world.place, ...args])
    expect([code, stderr]).toEqual([2, expect.stringMatching(problem)])
    expect(world.fake.requests).toEqual([])
  })

  it('asks whose import it is where several firms are connected', async (context) => {
    const world = await connectedWorld(context, { accounts: ['firm-1', 'firm-2'] })
    const { code, stderr } = await world.run(['connect', ...world.place, '--import', '--handler', handler])
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/whose import it is: --account firm-1 or firm-2/),
    ])
  })
})
