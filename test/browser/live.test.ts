import { expect, it } from 'vitest'
import { feedLine } from './feed-line.ts'
import { notification } from './notification.ts'
import { openConsole } from './open-console.ts'

it('shows an event as it is handled, and what became of it', async (test) => {
  const { local, page } = await openConsole(test)
  await page.getByText('Nothing was delivered yet').waitFor()
  await local.deliver(notification({ id: 'ann' }))
  const line = feedLine(page, 'contact ann')
  await line.waitFor()
  expect(await line.innerText()).toMatch(
    /handled\s+contact.updated\s+[0-9a-z]{8}-[0-9a-f]{8}\s+contact ann\s+crm handled, audit handled/,
  )
  expect(await feedLine(page, /./).count()).toBe(1)
})

it.for([1280, 390])('shows what came first, and what explains it below (%i pixels)', async (width, test) => {
  const { local, page } = await openConsole(test, { width })
  for (let at = 0; at < 3; at += 1)
    await local.deliver(notification({ id: `c${at}`, type: 'matter.updated' }))
  await feedLine(page, 'matter c2').waitFor()
  await page.reload()
  await feedLine(page, 'matter c2').waitFor()
  const chart = page.getByRole('figure', { name: 'Events a minute' })
  await chart.waitFor()
  const top = async (of: typeof chart) => (await of.boundingBox())?.y ?? Number.NaN
  const newest = await top(feedLine(page, 'matter c2'))
  expect(newest).toBeLessThan(width > 1_000 ? 500 : 900)
  expect(newest).toBeLessThan(await top(chart))
  expect(await top(chart)).toBeLessThan(await top(page.getByText('What the outcomes mean')))
})

it('says of six deliveries that they were six', async (test) => {
  const { local, page } = await openConsole(test)
  for (const id of ['a', 'b', 'c', 'd']) {
    const body = notification({ id })
    await local.deliver(body)
    if (id < 'c') await local.deliver(body)
  }
  await page.getByText('6 accepted, 2 of them copies that the queue dropped; 0 refused.').waitFor()
})

it('tells who does not see the page what came, and what the charts show', async (test) => {
  const { local, page } = await openConsole(test)
  const chart = page.getByRole('figure', { name: 'Events a minute' })
  await chart.getByText('None in the last 30 minutes').waitFor()
  await page.evaluate(`{
    globalThis.told = []
    const polite = document.querySelector('[aria-live=polite].visually-hidden')
    new MutationObserver(() => told.push(polite.textContent)).observe(polite, { subtree: true, characterData: true, childList: true })
  }`)
  await local.deliver(notification({ id: 'ann' }))
  await local.deliver(notification({ id: 'move', type: 'matter.updated' }))
  // In one sentence, or in two if both came between two of them.
  const told = () => page.evaluate<string[]>('told')
  await expect.poll(() => told().then((all) => sumBefore(' events? recorded', all))).toBe(2)
  expect([sumBefore(' handled', await told()), sumBefore(' unhandled', await told())]).toEqual([1, 1])
  await chart.getByText('1 handled, 1 unhandled').waitFor()
  // In one minute, or in two.
  const cells = () => chart.locator('tbody td:not(:first-child)').allInnerTexts()
  expect((await cells()).map(Number).reduce((sum, count) => sum + count, 0)).toBe(2)
  expect(await chart.locator('tbody time').first().innerText()).toMatch(/\d\d:\d\d:00/)
})

/** The sum of the numbers that stand before a word. */
function sumBefore(word: string, texts: readonly string[]): number {
  const counts = texts.flatMap((text) => [...text.matchAll(new RegExp(`(\\d+)${word}`, 'g'))])
  return counts.reduce((sum, [, count]) => sum + Number(count), 0)
}

it('shows a copy, a late event and a refused delivery for what they are', async (test) => {
  const { local, page } = await openConsole(test)
  const older = notification({ id: 'ann', type: 'task.updated' })
  const newer = notification({ id: 'ann', type: 'task.updated' })
  await local.deliver(newer)
  await local.deliver(newer)
  await local.deliver(older)
  await local.deliver(older, { signature: 'x' })
  for (const word of ['duplicate', 'superseded', 'refused']) await feedLine(page, word).waitFor()
  await feedLine(page, 'handled').first().waitFor()
  expect(await feedLine(page, 'superseded').innerText()).toContain('late')
  expect(await feedLine(page, 'duplicate').innerText()).toContain('No handler saw it')
  expect(await feedLine(page, 'refused').innerText()).toContain('401')
  expect(await feedLine(page, /./).count()).toBe(4)
})

it('filters by what its URL says, and keeps in the URL what it filters by', async (test) => {
  const { local, page, go } = await openConsole(test)
  await local.deliver(notification({ id: 'ann' }))
  await local.deliver(notification({ id: 'move', type: 'matter.updated' }))
  await feedLine(page, 'unhandled').waitFor()
  await page.getByRole('heading', { name: 'Filters' }).click()
  await page.getByLabel('Outcome').selectOption('unhandled')
  await expect.poll(() => new URL(page.url()).hash).toBe('#/?outcome=unhandled')
  await expect.poll(() => feedLine(page, /./).allInnerTexts()).toEqual([expect.stringContaining('move')])

  await go('#/?type=contact.*')
  await expect.poll(() => feedLine(page, /./).allInnerTexts()).toEqual([expect.stringContaining('ann')])
  await local.deliver(notification({ id: 'sale', type: 'matter.updated' }))
  await local.deliver(notification({ id: 'ben' }))
  await feedLine(page, 'contact ben').waitFor()
  expect(await feedLine(page, /./).count()).toBe(2)
  expect(await page.getByLabel('Type', { exact: true }).last().inputValue()).toBe('contact.*')
})

it('goes back page by page to the first event', async (test) => {
  const { local, page } = await openConsole(test)
  for (let at = 0; at < 60; at += 1)
    await local.deliver(notification({ id: `c${at}`, type: 'matter.updated' }))
  await local.settled()
  await page.reload()
  await expect.poll(() => feedLine(page, /./).count()).toBe(50)
  await page.getByRole('button', { name: 'Older' }).click()
  await page.getByRole('link', { name: 'matter c0', exact: true }).waitFor()
  expect(await feedLine(page, /./).count()).toBe(60)
})

it('pauses handling, says what waits, and resumes', async (test) => {
  const { local, page } = await openConsole(test)
  await page.getByRole('button', { name: 'Pause handling' }).click()
  await page.getByText('Handling is paused').waitFor()
  await local.deliver(notification({ id: 'ann' }))
  await feedLine(page, 'waiting').waitFor()
  await page.getByText('1 waiting').first().waitFor()
  await page.getByRole('button', { name: 'Resume handling' }).click()
  await feedLine(page, 'handled').waitFor()
  expect(await feedLine(page, /./).count()).toBe(1)
})

it('says that it is away from the server, and catches up once it is back', async (test) => {
  const { local, page, complaints } = await openConsole(test)
  await page.route('**/api/live', (route) => route.abort())
  await page.reload()
  await page.getByText('reconnecting…').waitFor()
  await local.deliver(notification({ id: 'ann' }))
  await local.settled()
  expect(await feedLine(page, /./).count()).toBe(0)
  await page.unroute('**/api/live')
  await feedLine(page, 'contact ann').waitFor()
  await page.getByText('live', { exact: true }).waitFor()
  for (const complaint of complaints.splice(0)) expect(complaint).toContain('ERR_FAILED')
})
