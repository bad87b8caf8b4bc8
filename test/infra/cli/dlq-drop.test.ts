import { expect, it } from 'vitest'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { notification, storedEvent } from '../operate/dead-letters/dead-letters-world.ts'
import { failingLocal } from './failing-local.ts'
import { onTerminal } from './on-terminal.ts'

const idOf = (notified: string) => readEnvelope(notified).eventId

it('drops with a written reason alone, asks before, and tells what was recorded', {
  timeout: 120_000,
}, async (context) => {
  const { deliver, run, json, env, deps, deadLetters, referenceOf } = await failingLocal(context)
  const texts = [notification(), notification()] as const
  await deliver(...texts, 'no JSON')
  const [first, second] = texts
  const [firstName, secondName] = [await referenceOf(first), await referenceOf(second)]
  const why = ['--reason', 'a test of ours']

  const unclear = [why, [firstName], [firstName, '--reason', ' '], ['nonsense', ...why]]
  for (const ended of await Promise.all(unclear.map((args) => run('dlq', 'drop', ...args, '--yes'))))
    expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(await run('dlq', 'drop', firstName, ...why)).toMatchObject({
    ...{ code: 1, stderr: 'Say --yes to drop 1 dead letter.\n' },
  })
  expect(await deadLetters()).toEqual({ waiting: 3, inWork: 0 })
  const args = ['dlq', 'drop', firstName, ...why]
  const question = 'Drop 1 dead letter of npm start for good?'
  const { code, screen } = await onTerminal([...args, '--local'], env, [[question, 'y']])
  expect([code, screen]).toEqual([0, expect.stringContaining('Dropped 1 dead letter.')])
  expect(screen).toContain(`${firstName}: dropped. Its event says so: a test of ours`)
  expect((await storedEvent(deps, first))?.status).toBe('dropped')

  const dropped = await run('dlq', 'drop', '--kind', 'quarantined', secondName, ...why, '--yes')
  expect(dropped).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`Not found: ${secondName}`),
  })
  expect((await run('dlq', 'drop', '--kind', 'quarantined', ...why, '--yes')).stdout).toMatch(
    /^[0-9a-f]{8}: dropped\. There is no event to keep the reason with, so it stands here only: a test of ours\nDropped 1 dead letter\.\n$/,
  )
  const last = await run('dlq', 'drop', secondName, ...why, '--yes', '--json')
  expect(JSON.parse(last.stdout)).toMatchObject({
    ...{ dropped: 1, reason: 'a test of ours', notFound: [] },
    letters: [{ recorded: 'recorded', event: { eventId: idOf(second) } }],
  })
  expect(last.stderr).toMatch(/: dropped\. Its event says so: a test of ours\n$/)
  const { events } = await json('events', 'list', '--outcome', 'dropped')
  expect(events.map(({ eventId }: { eventId: string }) => eventId).toSorted()).toEqual(
    texts.map(idOf).toSorted(),
  )
  const shown = await run('events', 'show', firstName)
  expect(shown.stdout).toMatch(
    /\nReason +dropped: a test of ours; before: attempts of crm spent .*\nDropped +\d{4}-/,
  )
})
