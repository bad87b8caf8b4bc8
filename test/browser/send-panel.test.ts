import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { openConsole } from './open-console.ts'

const newest = (page: Page) => page.locator('.sent').first()

it('is open for who comes first, and tells in words what was done with a copy and with a late event', async (test) => {
  const { page } = await openConsole(test)
  await page.getByLabel('Type').and(page.locator('select')).selectOption('task.updated')
  await page.getByRole('button', { name: 'One event' }).click()
  await expect.poll(() => newest(page).innerText()).toMatch(/handled by tasks in \d+ ms/)

  await page.getByRole('button', { name: 'Duplicate' }).click()
  await expect.poll(() => newest(page).innerText()).toContain('dropped by the queue: it is the same event')
  await expect.poll(() => newest(page).innerText()).toMatch(/handled by tasks in \d+ ms/)

  await page.getByRole('button', { name: 'Late' }).click()
  await expect
    .poll(() => newest(page).innerText())
    .toMatch(/superseded a newer one of this task was handled before, so tasks did not run/)

  await page.getByRole('button', { name: 'Bad signature' }).click()
  await expect.poll(() => newest(page).innerText()).toContain('refused with 401')
})

it('keeps what it told while other views are looked at', async (test) => {
  const { page, go } = await openConsole(test)
  await page.getByRole('button', { name: 'Duplicate' }).click()
  await newest(page).getByRole('link', { name: 'See the event' }).click()
  await page.getByText('It was delivered once more: the queue dropped that copy').waitFor()
  await go('#/')
  await expect.poll(() => newest(page).innerText()).toContain('dropped by the queue')
})

it('knows the handlers of a reload', async (test) => {
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-handlers-'))
  test.onTestFinished(() => rm(folder, { recursive: true }))
  const handlers = join(folder, 'handlers.ts')
  const write = (name: string) =>
    writeFile(
      handlers,
      `import { on } from '#webhooks'\nexport default [on('*', { name: '${name}' }, () => {})]`,
    )
  await write('first')
  const { page } = await openConsole(test, { handlers })
  await page.getByText('Handled by first (only the newest).').waitFor()
  await write('second')
  await page.getByText('Handled by second (only the newest).').waitFor()
})
