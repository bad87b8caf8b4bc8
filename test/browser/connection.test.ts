import { expect, it } from 'vitest'
import { startLocal } from '#webhooks/testing'
import { openConsole } from './open-console.ts'
import { tellLive } from './tell-live.ts'

it('says that it is no longer let in once the console was started anew', async (test) => {
  const { local, page, complaints } = await openConsole(test)
  await page.getByText('Events are handled as they come.').waitFor()
  const port = Number(new URL(local.url).port)
  await local.stop()
  await page.getByText('reconnecting…').waitFor()
  await page.getByText('So it was at').waitFor()
  const next = await startLocal({ handlers: [], port })
  test.onTestFinished(() => next.stop())
  await page.getByText('not let in', { exact: true }).waitFor()
  await page
    .getByText('This page is no longer let in. Open the URL that the console printed at its start.')
    .first()
    .waitFor()
  for (const complaint of complaints.splice(0)) expect(complaint).toMatch(/ERR_|401/)
})

it('tells a problem until what had it works again', async (test) => {
  const { page } = await openConsole(test)
  const at = new Date().toISOString()
  const depth = { waiting: 0, inWork: 0 }
  const status = {
    at,
    handling: 'enabled',
    queue: depth,
    delayed: depth,
    deadLetters: depth,
    local: null,
    handlers: 'a',
  }
  const problem = (source: string, error: string | null) => ['problem', { source, error }] as const
  const told = [problem('events', 'The table is away.'), ['status', status] as const]
  await tellLive(
    page,
    [...told, problem('status', 'The queue is away.')].map(([of, data]) => [of, data]),
  )
  await page.reload()
  await page.getByText('The queue is away.').waitFor()
  await page.getByText('The table is away.').waitFor()
  await tellLive(
    page,
    [...told, problem('events', null)].map(([of, data]) => [of, data]),
  )
  await page.reload()
  await page.getByText('Events are handled as they come.').waitFor()
  expect(await page.getByRole('alert').count()).toBe(0)
})
