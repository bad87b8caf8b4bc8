import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { feedLine } from './feed-line.ts'
import { notification } from './notification.ts'
import { openConsole } from './open-console.ts'

const focused = (page: Page) => page.locator(':focus').innerText()

/** Presses Tab until this has the focus, which must be seen. Throws if it never has. */
async function tabTo(page: Page, text: string): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press('Tab')
    if ((await focused(page)).trim() !== text) continue
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
    expect(outline).not.toBe('none')
    return
  }
  throw new Error(`Tab does not lead to '${text}'`)
}

it('leads by Tab and Enter alone from the top to a replay of an event', async (test) => {
  const { local, page } = await openConsole(test)
  await local.deliver(notification({ id: 'ann' }))
  await feedLine(page, 'contact ann').waitFor()
  await page.reload()
  await feedLine(page, 'contact ann').waitFor()
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Skip to the content')
  await page.keyboard.press('Enter')
  expect(await page.locator('main:focus').count()).toBe(1)
  await tabTo(page, 'contact.updated')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Handlers' }).waitFor()
  await page.locator('h1:focus').waitFor()
  await tabTo(page, 'Replay audit')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByText('would run audit').waitFor()
  expect(await focused(page)).toBe('Confirm')
  await page.keyboard.press('Enter')
  await page.getByText('It is back in the queue').waitFor()
})
