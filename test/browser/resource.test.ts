import { expect, it } from 'vitest'
import { feedLine } from './feed-line.ts'
import { notification } from './notification.ts'
import { openConsole } from './open-console.ts'

it('draws when events happened over when they arrived, so that disorder and copies are seen', async (test) => {
  const { local, page } = await openConsole(test)
  const [first, second, third] = [1, 2, 3].map(() => notification({ id: 'ann', type: 'task.updated' }))
  for (const text of [first, third, third, second]) await local.deliver(text ?? '')
  await feedLine(page, 'superseded').getByRole('link', { name: 'task ann' }).click()
  await page.getByText('3 events arrived, 1 of them after a newer one. The queue dropped one copy.').waitFor()

  const lines = await page
    .locator('.joined line')
    .evaluateAll((all) => all.map((line) => ['x1', 'x2'].map((name) => Number(line.getAttribute(name)))))
  expect(lines).toHaveLength(4)
  const cross = lines.some(([a = 0, b = 0]) => lines.some(([c = 0, d = 0]) => a < c && b > d))
  expect(cross).toBe(true)
  expect(await page.locator('.joined.tone-skipped').count()).toBe(1)
  expect(await page.locator('.joined.tone-quiet .shape-dashed').count()).toBe(1)
  expect(await page.getByRole('region', { name: 'What the ledger says' }).innerText()).toContain(
    'The newest of its events that was seen:',
  )
  const order = await page.locator('.lines tbody tr').allInnerTexts()
  expect(order.map((line) => line.includes('superseded'))).toEqual([false, true, false])
})

it('leads to the history of a resource whatever its id is, and from the ledger to its events', async (test) => {
  const { local, page } = await openConsole(test)
  const ids = ['x'.repeat(300), 'half \ud800 a character', '#|/?%41 😀']
  for (const [at, id] of ids.entries()) {
    await local.deliver(notification({ id, type: 'task.updated' }))
    await page.goto('#/')
    const line = page.locator('.feed tbody tr')
    await expect.poll(() => line.count()).toBe(at + 1)
    const reference = await line.first().locator('.reference').innerText()
    await line
      .first()
      .getByRole('link', { name: /^task / })
      .click()
    await page.getByText('1 event arrived, all in order.').waitFor()
    await page.getByRole('region', { name: 'What the ledger says' }).getByRole('link').first().click()
    await page.getByRole('heading', { name: 'task.updated' }).waitFor()
    expect(await page.locator('.facts dd').first().innerText()).toBe(reference)
  }
})
