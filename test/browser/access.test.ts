import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { startLocal } from '#webhooks/testing'
import { close, listen } from '../../infra/http/listen.ts'
import { awsOf } from '../../infra/operate/running-file.ts'
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

it('gives nothing to a page of another port, though the browser would send it the cookie', async (test) => {
  const local = await startLocal({ handlers: office().handlers })
  test.onTestFinished(() => local.stop())
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Elsewhere</title>'),
  )
  const elsewhere = await listen(server)
  test.onTestFinished(() => close(server))
  const page = await (await launchChromium(test)).newPage()
  await page.goto(local.consoleUrl)
  await page.getByRole('heading', { name: 'Live' }).waitFor()
  await page.goto(elsewhere)
  const answers: [url: string, status: number][] = []
  page.on('response', (response) => answers.push([response.url(), response.status()]))
  const urls = [
    ...Object.values(awsOf(local).endpoints).map((endpoint) => `${endpoint}/`),
    ...['', '/api/dead-letters'].map((path) => `${new URL(local.url).origin}/console${path}`),
  ]
  const asked = [
    ...urls.flatMap((url) => [
      `fetch('${url}', { mode: 'no-cors', credentials: 'include' })`,
      `fetch('${url}', { mode: 'no-cors', credentials: 'include', method: 'POST', body: '{}' })`,
    ]),
    `fetch('${local.url}', { mode: 'no-cors', method: 'POST', body: '{}' })`,
  ]
  await page.evaluate(`Promise.all([${asked}])`)
  const expected = urls.flatMap((url) => [
    [url, 403],
    [url, 403],
  ])
  expect(answers.toSorted()).toEqual([...expected, [local.url, 401]].toSorted())
  // What needs a preflight does not get as far as a status.
  const preflighted = urls.map(
    (url) =>
      `fetch('${url}', { method: 'POST', headers: { 'x-amz-target': 'x' } }).then(() => 'read', String)`,
  )
  const outcomes = await page.evaluate(`Promise.all([${preflighted}])`)
  expect(outcomes).toEqual(urls.map(() => 'TypeError: Failed to fetch'))
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
