import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Hono } from 'hono'
import { type BundledPage, bundlePage } from './bundle-page.ts'
import type { ConsoleParts } from './console-parts.ts'
import type { ConsoleEnv } from './own-addresses.ts'

/** The page, its program and its look. They are bundled when they are first asked for. */
export function pageRoutes({ pageFolder }: Pick<ConsoleParts, 'pageFolder'>): Hono<ConsoleEnv> {
  let bundled: Promise<BundledPage> | undefined
  const bundle = () => {
    bundled ??= bundlePage(pageFolder).catch((error: unknown) => {
      bundled = undefined
      throw error
    })
    return bundled
  }
  return new Hono<ConsoleEnv>()
    .get('/', async (c) => c.html(await readFile(join(pageFolder, 'index.html'), 'utf8')))
    .get('/app.js', async (c) =>
      c.body((await bundle()).js, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }),
    )
    .get('/app.css', async (c) =>
      c.body((await bundle()).css, 200, { 'Content-Type': 'text/css; charset=utf-8' }),
    )
}
