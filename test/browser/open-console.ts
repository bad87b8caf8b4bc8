import type { Page } from 'playwright-core'
import { expect, type TestContext } from 'vitest'
import { type Local, startLocal } from '#webhooks/testing'
import type { FakeSmokeball } from '../../infra/fake-smokeball/fake-smokeball.ts'
import type { Handler } from '../../shared/handling/handler-registry.ts'
import { apiSecretFor } from '../beside-fake.ts'
import { launchChromium } from './launch-chromium.ts'
import { office } from './office.ts'

export interface OpenConsole {
  local: Local
  page: Page
  /** What the browser complained of so far. At the end there is nothing, unless the test took it away. */
  complaints: string[]
  /** Shows what a hash says. */
  go(hash: string): Promise<void>
}

interface Options {
  /** Or a file of them, which is looked at for changes. */
  handlers?: readonly Handler[] | string
  width?: number
  colorScheme?: 'light' | 'dark'
  /** A Smokeball of its own, whose firms are connected. @default none */
  fake?: FakeSmokeball
}

/**
 * The pipeline, and its console in a browser. Afterwards, fails if the browser complained of anything, or if the page asked
 * another host for something.
 */
export async function openConsole(
  context: Pick<TestContext, 'onTestFinished'>,
  { handlers = office().handlers, width = 1280, colorScheme = 'light', fake }: Options = {},
): Promise<OpenConsole> {
  const smokeball = fake && { clientId: fake.credentials.clientId, apiSecret: apiSecretFor(fake) }
  const local = await startLocal({ handlers, watch: typeof handlers === 'string', ...smokeball })
  context.onTestFinished(() => local.stop())
  for (const { accountId, refreshToken } of fake?.credentials.accounts ?? [])
    await local.keeper.invoke({ accountId, refreshToken })
  const browser = await launchChromium(context)
  const { origin, host } = new URL(local.consoleUrl)
  const baseURL = `${origin}/console`
  const page = await browser.newPage({ baseURL, viewport: { width, height: 900 }, colorScheme })
  const complaints: string[] = []
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol !== 'data:' && url.host !== host) complaints.push(`asked for ${url}`)
  })
  context.onTestFinished(() => expect(complaints).toEqual([]))
  // Sets the cookie. test/browser/access.test.ts enters as a reader does.
  await page.request.get(local.consoleUrl)
  await page.goto(baseURL)
  await page.getByText('live', { exact: true }).waitFor()
  return {
    ...{ local, page, complaints },
    go: async (hash) => void (await page.goto(hash)),
  }
}
