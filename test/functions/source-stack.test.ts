import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sourceStack } from '../../functions/consumer/source-stack.ts'
import { bundleOptions } from '../../infra/bundle.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'source-stack-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Bundles a throwing module as the Lambdas are, and returns the stack of what it throws. */
async function stackOf(source: string): Promise<string> {
  const entry = join(folder, 'sync-matter.ts')
  writeFileSync(entry, source)
  const options = bundleOptions('consumer', { outdir: folder })
  await build({ ...options, entryPoints: [entry] })
  // In a process of its own: vitest maps the stacks of this one.
  const url = pathToFileURL(options.outfile ?? '').href
  const script = `import('${url}').then(({ handler }) => handler()).catch(({ stack }) => console.log(stack))`
  return execFileSync(process.execPath, ['--eval', script], { encoding: 'utf8' })
}

const source = `interface Unused { a: string }
function deep(): never {
  throw new Error('here')
}
export const handler = () => deep()
`

it("maps a bundle's stack to the line in the source", async () => {
  const stack = await stackOf(source)
  expect(stack).not.toContain('sync-matter.ts:3')
  expect(sourceStack(stack)).toContain(`${join(folder, 'sync-matter.ts')}:3:9`)
  expect(sourceStack(stack)).toContain(`${join(folder, 'sync-matter.ts')}:5:30`)
})

it('names the source as the repository does where it is not at hand', async () => {
  const stack = await stackOf(source)
  rmSync(join(folder, 'sync-matter.ts'))
  expect(sourceStack(stack)).toContain('sync-matter.ts:3:9')
  expect(sourceStack(stack)).not.toContain(`${folder}/sync-matter.ts`)
})

it('leaves a stack as it is when there is no map', async () => {
  const stack = 'Error: x\n    at f (file:///nowhere/index.mjs:1:2)\n    at node:internal/x:1:1'
  expect(sourceStack(stack)).toBe(stack)
})
