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
