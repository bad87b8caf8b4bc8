import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { deliverAll } from './deliver-all.ts'
import { feedLine } from './feed-line.ts'
import { office } from './office.ts'
import { openConsole } from './open-console.ts'

const folder = fileURLToPath(new URL('./screenshots/', import.meta.url))

const sizes = [1280, 390].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
)

/** What a reader would have to scroll sideways for, or never sees. */
const sticksOut = (page: Page) =>
  page.evaluate(`[...document.querySelectorAll('body *:not(.visually-hidden, .visually-hidden *, svg *, thead, thead *)')]
    .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
    .map((element) => element.tagName + '.' + element.getAttribute('class'))`)

it.for(sizes)(
  'each view fits $width pixels ($colorScheme), and a picture of it is kept',
  async (size, test) => {
    await mkdir(folder, { recursive: true })
    const { crm, handlers } = office()
    const { local, page, go } = await openConsole(test, { handlers, ...size })
    async function keep(view: string): Promise<void> {
      expect(await sticksOut(page), view).toEqual([])
      await page.screenshot({
        path: `${folder}${view}-${size.width}-${size.colorScheme}.png`,
        fullPage: true,
      })
    }

    await page.getByText('Nothing was delivered yet').waitFor()
    await expect.poll(() => page.locator('canvas').count()).toBe(3)
    await keep('live-empty')
    await page.getByLabel('Type').and(page.locator('select')).selectOption('task.updated')
    for (const name of ['Duplicate', 'Late', 'Bad signature']) {
      await page.getByRole('button', { name }).click()
      await page.locator('.sent').first().getByRole('heading', { name }).waitFor()
    }
    await page.getByText('a newer one of this task was handled before').waitFor()
    await deliverAll(local, crm)
    await feedLine(page, 'dead-lettered').waitFor()
    await page.getByText('What the outcomes mean').click()
    await page.locator('figcaption', { hasText: /\d+ handled, / }).waitFor()
    await keep('live')

    await go('#/?outcome=failed,dead-lettered&type=contact.*')
    await page.getByText('Clear filters').waitFor()
    await keep('live-filtered')
    await feedLine(page, 'dead-lettered').getByRole('link').first().click()
    await page.getByRole('heading', { name: 'Payload' }).waitFor()
    await keep('event')
    await page.getByRole('button', { name: 'Replay failed handlers' }).click()
    await page.getByRole('dialog').getByText('would run').waitFor()
    await keep('event-replay')
    await page.keyboard.press('Escape')

    await go('#/resource/firm-1%7Ctask%7Cann')
    await page.getByRole('heading', { name: 'What the ledger says' }).waitFor()
    await keep('resource')
    await go('#/dead-letters')
    await page.getByLabel(/^Select all/).check()
    await keep('dead-letters')
    await page.getByRole('button', { name: 'Drop selected' }).click()
    await page.getByRole('dialog').waitFor()
    await keep('dead-letters-drop')
    await page.keyboard.press('Escape')

    const walked = { calls: 2, rows: 512, found: 3, startedEpochMs: 0, endedEpochMs: 0 }
    const [started, ended] = ['2026-07-01T09:30:00Z', '2026-07-01T09:31:00Z']
    const account = { accountId: '1e53979d-9269-4159-b104-2e603670f59d', knownUntil: started }
    const walks = [
      { ...account, kind: 'contact', last: { ...walked, started, ended } },
      {
        ...{ ...account, kind: 'matter', underWay: walked },
        problem: { at: ended, text: 'GET /matters was answered 403: the scope matters/read is missing.' },
      },
    ]
    const run = { started, ended, lists: 2, begun: 2, rows: 512, found: 3, problems: [], failure: null }
    await page.route('**/api/catch-up', (route) =>
      route.fulfill({ json: { walks, count: 700, losable: 'contact' } }),
    )
    await page.route('**/api/catch-up/run', (route) => route.fulfill({ json: { run } }))
    await go('#/catch-up')
    await page.getByText('3 handed over.').waitFor()
    await keep('catch-up')
  },
)
