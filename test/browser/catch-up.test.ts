import { expect, it } from 'vitest'
import { on } from '#webhooks'
import { startFakeSmokeball } from '../../infra/fake-smokeball/start-fake-smokeball.ts'
import { openConsole } from './open-console.ts'

it('loses a delivery on purpose, finds it, shows it as recovered, and finds nothing more', async (test) => {
  const fake = await startFakeSmokeball({ rateLimit: 'off' })
  test.onTestFinished(() => fake.stop())
  const handlers = [on('contact.*', { name: 'crm' }, () => {})]
  const { page } = await openConsole(test, { handlers, fake })
  await page.getByRole('link', { name: 'Catch up' }).click()
  await page.getByText('No list was walked yet').waitFor()
  await page.getByRole('button', { name: 'Lose one' }).click()
  await page.getByText(/The contact .* was changed, and nothing was delivered/).waitFor()
  await page.getByRole('button', { name: 'Catch up' }).click()
  await page.getByText('1 handed over. 1 of 1 list').waitFor()
  const walk = page.locator('.lines tbody tr')
  await expect.poll(() => walk.innerText()).toMatch(/contact.*\s1\sdone/s)
  await page.getByRole('button', { name: 'Catch up' }).click()
  await page.getByText('Nothing was missed. 1 of 1 list').waitFor()
  await page.getByRole('link', { name: 'Live' }).click()
  await page
    .locator('.feed tbody tr')
    .filter({ hasText: 'contact.updated' })
    .filter({ hasText: 'recovered' })
    .waitFor()
})

it('asks before it walks the lists of a stack, offers to lose nothing there, and tells what went wrong', async (test) => {
  const { page, go } = await openConsole(test)
  await page.route('**/api/deployment', async (route) => {
    const answer = (await (await route.fetch()).json()) as object
    await route.fulfill({ json: { ...answer, name: 'SmokeballWebhooks', isLocal: false } })
  })
  const problem = { accountId: 'firm', kind: 'contact', problem: 'GET /contacts was answered 403.' }
  const run = {
    started: '2026-11-28T09:30:00Z',
    ended: null as string | null,
    lists: 2,
    begun: 1,
    rows: 7,
    found: 0,
  }
  let told = { ...run, problems: [] as object[], failure: null }
  let begins = 0
  await page.route('**/api/catch-up', (route) => {
    if (route.request().method() === 'POST') begins++
    return route.fulfill({ json: { walks: [], count: 0, losable: null } })
  })
  await page.route('**/api/catch-up/run', (route) =>
    route.fulfill({ json: { run: begins > 0 ? told : null } }),
  )
  await page.reload()
  await go('#/catch-up')
  await page.getByRole('button', { name: 'Catch up…' }).click()
  expect(begins).toBe(0)
  await page.getByRole('dialog').getByRole('button', { name: 'Walk now' }).click()
  await page.getByText('Walking: 1 of 2 lists, 7 rows looked at, 0 handed over so far.').waitFor()
  expect([begins, await page.getByRole('button', { name: 'Lose one' }).count()]).toEqual([1, 0])
  told = { ...told, ended: '2026-11-28T09:31:00Z', problems: [problem] }
  await page.getByText('Not all could be looked at. 1 of 2 lists, 7 rows looked at.').waitFor()
  await page.getByText('firm, contact: GET /contacts was answered 403.').waitFor()
})
