import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { Hono } from 'hono'
import { projectRoot } from '../../settings/project-files.ts'
import type { ConsoleDeps } from './console-deps.ts'
import type { ConsoleEnv } from './console-env.ts'

/** The page, its program and its look. They are bundled when they are first asked for. */
export function pageRoutes({ pageFolder }: Pick<ConsoleDeps, 'pageFolder'>) {
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

/** The page's program and its look. */
interface BundledPage {
  js: string
  css: string
}

/** Bundles `main.tsx` and what it imports, CSS too, in memory. Throws what esbuild does. */
async function bundlePage(folder: string): Promise<BundledPage> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'main.tsx')],
    absWorkingDir: projectRoot,
    outfile: 'app.js',
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'silent',
  })
  const textOf = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? ''
  return { js: textOf('.js'), css: textOf('.css') }
}
