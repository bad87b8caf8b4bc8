import { type Browser, chromium } from 'playwright-core'
import type { TestContext } from 'vitest'
import { chromiumPath } from './chromium-path.ts'

/** They stop the calls that a browser makes by itself: tests run without a network. */
const quiet = [
  ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
]

/** A browser of the test's own. */
export async function launchChromium({
  onTestFinished,
}: Pick<TestContext, 'onTestFinished'>): Promise<Browser> {
  const isRoot = process.getuid?.() === 0
  const args = [...quiet, ...(isRoot ? ['--no-sandbox'] : [])]
  const browser = await chromium.launch({ executablePath: chromiumPath(), args })
  onTestFinished(() => browser.close())
  return browser
}
