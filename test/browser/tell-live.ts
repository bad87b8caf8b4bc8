import type { Page } from 'playwright-core'

/** The stream of a server that tells just this and then goes, in place of the console's own. */
export async function tellLive(page: Page, messages: readonly [string, object][]): Promise<void> {
  const body = messages.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join('')
  await page.route('**/api/live', (route) =>
    route.fulfill({ contentType: 'text/event-stream', body: `retry: 60000\n\n${body}` }),
  )
}
