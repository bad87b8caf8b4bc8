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
  },
)
