import { expect, it } from 'vitest'
import { feedLine } from './feed-line.ts'
import { notification } from './notification.ts'
import { openConsole } from './open-console.ts'
import { showTab } from './show-tab.ts'
import { tellLive } from './tell-live.ts'

const matter = (at: number) => notification({ id: `c${at}`, type: 'matter.updated' })

it('leaves a filter alone while somebody types', async (test) => {
  const { local, page } = await openConsole(test)
  await page.getByRole('heading', { name: 'Filters' }).click()
  const field = page.locator('.filters').getByLabel('Type', { exact: true })
  await field.click()
  await field.pressSequentially('cont')
  // Which draws the page again.
  await local.deliver(matter(1))
  await feedLine(page, 'matter c1').waitFor()
  expect(await field.inputValue()).toBe('cont')
  await field.pressSequentially('act.*')
  await page.keyboard.press('Enter')
  await expect.poll(() => new URL(page.url()).hash).toBe('#/?type=contact.*')
})

it('lets the last filter be taken away without shutting the filters', async (test) => {
  const { page, go } = await openConsole(test)
  await go('#/?outcome=unhandled')
  await page.getByLabel('Outcome').selectOption('any')
  await expect.poll(() => new URL(page.url()).hash).toBe('#/')
  await page.getByText('none: all events are shown').waitFor()
  expect(await page.getByLabel('Outcome').isVisible()).toBe(true)
  expect(await page.locator('details.send').getAttribute('open')).not.toBeNull()
  await page.getByRole('heading', { name: 'Filters' }).click()
  await page.getByLabel('Outcome').waitFor({ state: 'hidden' })
})

it('keeps the buttons of a sample at hand when events have come, unless somebody folds them away', async (test) => {
  const { local, page, go } = await openConsole(test)
  await local.deliver(matter(1))
  await feedLine(page, 'matter c1').waitFor()
  await page.reload()
  await feedLine(page, 'matter c1').waitFor()
  await page.getByRole('button', { name: 'Duplicate' }).waitFor()
  await page.getByRole('heading', { name: 'Send a sample' }).click()
  await page.getByRole('button', { name: 'Duplicate' }).waitFor({ state: 'hidden' })
  await go('#/?type=matter.update')
  await page.getByText("Did you mean 'matter.updated'?").waitFor()
  await go('#/?outcome=own')
  await page.getByText("Did you mean 'matter.updated'?").waitFor({ state: 'hidden' })
  await page.getByText('No event that was looked at is like this. Take filters away.').waitFor()
  await go('#/')
  await feedLine(page, 'matter c1').waitFor()
  expect(await page.locator('details.send').getAttribute('open')).toBeNull()
})

it('keeps what comes while an older page is asked for, and all pages when the tab is come back to', async (test) => {
  const { local, page } = await openConsole(test)
  for (let at = 0; at < 60; at += 1) await local.deliver(matter(at))
  await local.settled()
  await page.reload()
  await expect.poll(() => feedLine(page, /./).count()).toBe(50)
  const { promise: isTold, resolve: goOn } = Promise.withResolvers<void>()
  await page.route('**/api/events?*cursor=*', async (route) => {
    await isTold
    await route.continue()
  })
  await page.getByRole('button', { name: 'Older' }).press('Enter')
  await local.deliver(matter(60))
  await feedLine(page, 'matter c60').waitFor()
  expect(await page.locator(':focus').innerText()).toBe('Older')
  goOn()
  await page.getByRole('link', { name: 'matter c0', exact: true }).waitFor()
  expect(await feedLine(page, /./).count()).toBe(61)
  await expect.poll(() => page.locator(':focus').innerText()).toBe('This is all there is.')

  await showTab(page, false)
  await local.deliver(matter(61))
  await local.settled()
  await showTab(page, true)
  await feedLine(page, 'matter c61').waitFor()
  expect(await feedLine(page, /./).count()).toBe(62)
})

it('shows refused deliveries and copies also to who comes later', async (test) => {
  const { local, page } = await openConsole(test)
  const text = matter(1)
  for (const signature of [undefined, undefined, 'x'])
    await local.deliver(text, signature === undefined ? {} : { signature })
  for (const word of ['unhandled', 'duplicate', 'refused']) await feedLine(page, word).waitFor()
  await page.reload()
  for (const word of ['unhandled', 'duplicate', 'refused']) await feedLine(page, word).waitFor()
  await showTab(page, false)
  await showTab(page, true)
  await page.getByText('live', { exact: true }).waitFor()
  await local.deliver(matter(2))
  await feedLine(page, 'matter c2').waitFor()
  expect(await feedLine(page, /./).count()).toBe(4)
})

it('goes on when it is told what it has no words for', async (test) => {
  const { local, page } = await openConsole(test)
  await local.deliver(matter(1))
  await feedLine(page, 'matter c1').waitFor()
  const { events } = await page.evaluate<{ events: Record<string, unknown>[] }>(
    `fetch('/console/api/events').then((answer) => answer.json())`,
  )
  const at = new Date().toISOString()
  const row = { ...events[0], eventId: 'f'.repeat(32), status: 'mused', reference: 'mc0fj3wz-ffffffff' }
  await tellLive(page, [
    ['delivery', { seq: 1, at, outcome: 'express', type: 'matter.updated' }],
    ['delivery', { seq: 2, at, outcome: 'constructor', type: 'matter.updated' }],
    ['row', { ...row, handlers: { crm: { outcome: 'napped', failures: 0, waits: 0 } } }],
  ])
  await page.reload()
  for (const word of ['express', 'constructor', 'mused', 'crm napped']) await feedLine(page, word).waitFor()
  expect(await feedLine(page, 'express').innerText()).toContain('no words for it')
})
