import { join } from 'node:path'
import { build } from 'esbuild'
import { projectRoot } from '../../settings/project-files.ts'

/** The page's program and its look. */
export interface BundledPage {
  js: string
  css: string
}

/** Bundles `main.tsx` and what it imports, CSS too, in memory. Throws what esbuild does. */
export async function bundlePage(folder: string): Promise<BundledPage> {
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
