import { type LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda'
import { expect, it } from 'vitest'
import { setHandling } from '../../../infra/operate/handling.ts'

const signal = new AbortController().signal

/** Lambda as AWS runs it: a change takes some seconds, and cannot be made while another is under way. */
function slowLambda(first: string, changeMs = 5_000) {
  let nowEpochMs = 0
  let change: { to: string; atEpochMs: number } | undefined
  let settled = first
  const updates: boolean[] = []
  const underWay = () =>
    settled.endsWith('ing') ? settled : change?.to === 'Enabled' ? 'Enabling' : 'Disabling'
  const state = () => {
    if (change && nowEpochMs >= change.atEpochMs) {
      settled = change.to
      change = undefined
    }
    return change ? underWay() : settled
  }
  if (first.endsWith('ing'))
    change = { to: first === 'Enabling' ? 'Enabled' : 'Disabled', atEpochMs: changeMs }
  const send = async (command: { input: { Enabled?: boolean } }) => {
    const { input } = command
    if (command instanceof ListEventSourceMappingsCommand)
      return { EventSourceMappings: first === 'none' ? [] : [{ UUID: 'u', State: state() }] }
    if (input.Enabled === undefined) return { UUID: 'u', State: state() }
    if (state().endsWith('ing')) throw new Error('ResourceInUseException')
    updates.push(input.Enabled)
    // The answer may still tell of the state before.
    const before = state()
    change = { to: input.Enabled ? 'Enabled' : 'Disabled', atEpochMs: nowEpochMs + changeMs }
    return { UUID: 'u', State: before }
  }
  return {
    updates,
    state,
    now: () => nowEpochMs,
    deps: {
      lambda: { send } as unknown as LambdaClient,
      consumerName: 'consumer',
      clock: {
        now: () => nowEpochMs,
        after(ms: number, callback: () => void) {
          nowEpochMs += ms
          queueMicrotask(callback)
          return () => {}
        },
      },
    },
  }
}

it.each([
  ['Enabled', 'Disabled', 'changed', [false]],
  ['Disabled', 'Enabled', 'changed', [true]],
  ['Disabled', 'Disabled', 'unchanged', []],
  ['Enabled', 'Enabled', 'unchanged', []],
  // On its way already: only waited for.
  ['Disabling', 'Disabled', 'unchanged', []],
  ['Enabling', 'Disabled', 'changed', [false]],
] as const)('%s becomes %s: %s', async (first, wanted, said, updates) => {
  const lambda = slowLambda(first)
  expect(await setHandling(lambda.deps, wanted, signal)).toBe(said)
  expect([lambda.state(), lambda.updates]).toEqual([wanted, updates])
})

it('gives up after some minutes, with what to do', async () => {
  const lambda = slowLambda('Enabled', 3_600_000)
  await expect(setHandling(lambda.deps, 'Disabled', signal)).rejects.toThrow(
    'Lambda still says Disabling after 5 minutes. Run it again to go on waiting.',
  )
  expect(lambda.now()).toBeLessThan(310_000)
})

it('says when nothing takes events', async () => {
  await expect(setHandling(slowLambda('none').deps, 'Disabled', signal)).rejects.toMatchObject({
    code: 'USAGE',
  })
})
