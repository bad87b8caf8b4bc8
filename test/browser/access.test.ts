import { expect, it } from 'vitest'
import { startLocal } from '#webhooks/testing'
import { launchChromium } from './launch-chromium.ts'
import { office } from './office.ts'
import { openConsole } from './open-console.ts'

it('lets nobody in without the token, and keeps it out of the address', async (test) => {
  const local = await startLocal({ handlers: office().handlers })
  test.onTestFinished(() => local.stop())
  const page = await (await launchChromium(test)).newPage()
  const bare = local.consoleUrl.replace(/\?.*/, '')
  expect((await page.goto(bare))?.status()).toBe(401)
  expect((await page.goto(`${bare}?token=wrong`))?.status()).toBe(401)
  expect(await page.locator('#console').count()).toBe(0)
  expect((await page.goto(local.consoleUrl))?.status()).toBe(200)
  await page.waitForURL(bare)
  await page.getByRole('heading', { name: 'Live' }).waitFor()
})

it('runs no script but its own, even if one came into the page', async (test) => {
  const { page, complaints } = await openConsole(test)
  const broken = await page.evaluate(`new Promise((resolve) => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective))
    const script = document.createElement('script')
    script.textContent = 'document.title = "taken"'
    document.body.append(script)
  })`)
  expect(broken).toBe('script-src-elem')
  expect(await page.title()).not.toBe('taken')
  expect(complaints.splice(0)).toEqual([expect.stringContaining('Content Security Policy')])
})
