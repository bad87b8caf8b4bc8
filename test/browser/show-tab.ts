import type { Page } from 'playwright-core'

/** Makes the page believe that its tab was left, or come back to. */
export async function showTab(page: Page, isShown: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { value: ${!isShown}, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))`)
}
