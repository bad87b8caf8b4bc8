import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { notification } from './notification.ts'
import { office } from './office.ts'
import { openConsole } from './open-console.ts'

const letters = (page: Page) => page.locator('.lines tbody tr')

it('says why a dead letter lies there, redrives it, and shows that it was handled', async (test) => {
  const { crm, handlers } = office()
  crm.refuses = true
  const { local, page, go } = await openConsole(test, { handlers })
  await local.deliver(notification({ id: 'ann' }))
  await local.settled()
  await go('#/dead-letters')
  await expect
    .poll(() => letters(page).allInnerTexts())
    .toEqual([expect.stringContaining('the CRM knows no such')])
  crm.refuses = false
  await page.getByLabel(/^Select contact.updated/).check()
  await page.getByRole('button', { name: 'Redrive selected' }).click()
  await page.getByText('1 event went back to the queue').waitFor()
  await page.getByText('No dead letters').waitFor()
  await go('#/')
  await page.locator('.feed tbody tr').filter({ hasText: 'crm handled' }).waitFor()
})

it('drops a dead letter for a written reason alone, and keeps the reason with its event', async (test) => {
  const { crm, handlers } = office()
  crm.refuses = true
  const { local, page, go } = await openConsole(test, { handlers })
  await local.deliver(notification({ id: 'ann' }))
  await local.deliver(notification({ id: 'ben' }))
  await local.settled()
  await go('#/dead-letters')
  await page
    .getByLabel(/^Select contact.updated/)
    .first()
    .check()
  await page.getByRole('button', { name: 'Drop selected' }).click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.getByRole('button', { name: 'Drop' }).isDisabled()).toBe(true)
  await dialog.getByLabel('Reason').fill('entered by hand')
  await dialog.getByRole('button', { name: 'Drop' }).click()
  await page.getByText('1 dead letter dropped').waitFor()
  await expect.poll(() => letters(page).count()).toBe(1)
  await go('#/?outcome=dropped')
  await page.locator('.feed tbody tr').getByRole('link', { name: 'contact.updated' }).click()
  await page.getByText('entered by hand').waitFor()
})

it('says how many there are beyond those that it shows, and does not look over and over', async (test) => {
  const { page, go } = await openConsole(test)
  const [since, event] = [new Date().toISOString(), null]
  const all = ['1', '2'].map((id) => ({ id, kind: 'crashed', reason: 'It died.', since, event }))
  let looks = 0
  await page.route('**/api/dead-letters', (route) => {
    looks += 1
    return route.fulfill({ json: { letters: all, count: 520, elsewhere: 3 } })
  })
  await go('#/dead-letters')
  await page.getByText('These are the oldest 2 of 520. Redrive all takes them all.').waitFor()
  await page.getByText('3 dead letters are being looked at by somebody else just now').waitFor()
  // Longer than the pause between two looks: the queue counts another number all the while.
  await page.waitForTimeout(12_000)
  expect(looks).toBeLessThanOrEqual(2)
})

it('keeps the focus on the button that was pressed', async (test) => {
  const { crm, handlers } = office()
  crm.refuses = true
  const { local, page, go } = await openConsole(test, { handlers })
  await local.deliver(notification({ id: 'ann' }))
  await local.settled()
  await go('#/dead-letters')
  await expect.poll(() => letters(page).count()).toBe(1)
  crm.refuses = false
  await page.getByRole('button', { name: 'Redrive all' }).press('Enter')
  await page.getByText('No dead letters').waitFor()
  expect(await page.locator(':focus').innerText()).toBe('Redrive all')
  await go('#/')
  await page.getByRole('button', { name: 'Pause handling' }).press('Enter')
  await page.getByText('Handling is paused').waitFor()
  expect(await page.locator(':focus').innerText()).toBe('Resume handling')
})
