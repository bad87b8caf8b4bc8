import type { Locator, Page } from 'playwright-core'

/** Lines of the feed that hold this text. */
export function feedLine(page: Page, text: string | RegExp): Locator {
  return page.locator('.feed tbody tr').filter({ hasText: text })
}
