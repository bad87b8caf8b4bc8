import { expect, it, vi } from 'vitest'
import { connectAll, firm, wholeWorld } from './deployed-world.ts'

vi.mock(import('../../../shared/smokeball-api/token-bucket.ts'), () => import('./no-pace.ts'))

it('every command writes one JSON document with --json, and all else to stderr', async (context) => {
  const world = await wholeWorld(context)
  await connectAll(world)
  const id = () => world.fake.subscriptions[0]?.id ?? ''
  const inTurn: [() => string[], (string | undefined)?][] = [
    [() => ['secret', 'set', 'api-key'], (await world.apiSecret()).apiKey],
    [() => ['accounts', 'add', firm]],
    [() => ['connect']],
    [() => ['doctor']],
    [() => ['types']],
    [() => ['accounts', 'list']],
    [() => ['subscriptions', 'list']],
    [() => ['subscriptions', 'ensure']],
    [() => ['subscriptions', 'update', id(), '--name', 'Mine']],
    [() => ['subscriptions', 'create', '--url', 'https://other.example']],
    [() => ['subscriptions', 'delete', id(), '--yes']],
    [() => ['accounts', 'remove', firm]],
  ]
  for (const [args, stdin] of inTurn) {
    const { code, stdout } = await world.run([...args(), '--json'], stdin === undefined ? {} : { stdin })
    expect(code, args().join(' ')).toBe(0)
    expect(JSON.parse(stdout), args().join(' ')).toBeTypeOf('object')
  }
  const failed = await world.run(['accounts', 'remove', firm, '--json'])
  expect(failed).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^firm-1 is not connected/),
  })
})
