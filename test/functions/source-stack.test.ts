import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sourceStackOf, sourceStack as sourceStackOfNamed } from '../../functions/consumer/source-stack.ts'
import { bundleOptions } from '../../infra/bundle/bundle.ts'
import { describeFailure } from '../../shared/runtime/failures.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'source-stack-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Bundles a throwing module as the Lambdas are, and returns the stack of what it throws, and the bundle's own mapping. */
async function stackOf(source: string): Promise<{ stack: string; sourceStack(stack: string): string }> {
  const entry = join(folder, 'sync-matter.ts')
  writeFileSync(entry, source)
  const options = bundleOptions('consumer', { outdir: folder })
  await build({ ...options, entryPoints: [entry] })
  // In a process of its own: vitest maps the stacks of this one.
  const url = pathToFileURL(options.outfile ?? '').href
  const script = `import(${JSON.stringify(url)}).then(({ handler }) => handler()).catch(({ stack }) => console.log(stack))`
  const stack = execFileSync(process.execPath, ['--eval', script], { encoding: 'utf8' })
  return { stack, sourceStack: sourceStackOf(url) }
}

const source = `interface Unused { a: string }
function deep(): never {
  throw new Error('here')
}
export const handler = () => deep()
`

it("maps a bundle's stack to the line in the source", async () => {
  const { stack, sourceStack } = await stackOf(source)
  expect(stack).not.toContain('sync-matter.ts:3')
  expect(sourceStack(stack)).toContain(`${join(folder, 'sync-matter.ts')}:3:9`)
  expect(sourceStack(stack)).toContain(`${join(folder, 'sync-matter.ts')}:5:30`)
})

it('names the source as the repository does where it is not at hand', async () => {
  const { stack, sourceStack } = await stackOf(source)
  rmSync(join(folder, 'sync-matter.ts'))
  expect(sourceStack(stack)).toContain('sync-matter.ts:3:9')
  expect(sourceStack(stack)).not.toContain(`${folder}/sync-matter.ts`)
})

it('leaves a stack as it is when there is no map', async () => {
  const stack = 'Error: x\n    at f (file:///nowhere/index.mjs:1:2)\n    at node:internal/x:1:1'
  expect(sourceStackOf('file:///nowhere/index.mjs')(stack)).toBe(stack)
})

it('maps frames of its own bundle alone, and reads no map beside another file', async () => {
  const { stack, sourceStack } = await stackOf(source)
  const own = stack.split('\n').find((line) => line.includes('index.mjs')) ?? ''
  const other = own.replace('index.mjs', 'other.mjs')
  // By a path and by a URL: it lies beside, has a map, and is not asked for.
  copyFileSync(join(folder, 'consumer/index.mjs.map'), join(folder, 'consumer/other.mjs.map'))
  expect(sourceStack(own)).toContain('sync-matter.ts:3:9')
  expect(sourceStack(other)).toBe(other)
  expect(sourceStack(own.replace('file://', ''))).toContain('sync-matter.ts:3:9')
  expect(sourceStack(other.replace('file://', ''))).toBe(other.replace('file://', ''))
  for (const line of [`    at x${own.trim().slice(3)}?`, own.replace(/:\d+:\d+/, ':1'), `x${own}`])
    expect(sourceStack(line)).toBe(line)
})

it('maps no frame that a message names', async () => {
  const { stack, sourceStack } = await stackOf(source)
  const own = stack.split('\n').find((line) => line.includes('index.mjs')) ?? ''
  const error = Object.assign(new Error(`A matter\n${own}\nis gone`), { code: 'GONE' })
  const told = describeFailure(error, sourceStack)
  expect(told).toContain(own)
  expect(told).not.toContain('sync-matter.ts')
})

it.each([
  ...[
    'copy (1)',
    'x (y',
    'with space',
    "o'brien",
    'Ünï 日本',
    'a%20b',
    '50%',
    'a#b',
    'a?b=c',
    'at f (file:',
    '[id]',
  ],
  ...['a:1:2', 'C:', 'a+b&c'],
])('maps a stack where bundle and source lie in a folder `%s`', async (name) => {
  const path = join(folder, name)
  mkdirSync(path)
  folder = path
  try {
    const { stack, sourceStack } = await stackOf(source)
    const there = `    at deep (${join(path, 'sync-matter.ts')}:3:9)\n`
    expect(sourceStack(stack)).toContain(there)
    // This module is no part of a bundle here.
    expect(sourceStackOfNamed(stack)).toContain(there)
    rmSync(join(path, 'sync-matter.ts'))
    expect(sourceStack(stack)).toContain('    at deep (sync-matter.ts:3:9)\n')
  } finally {
    folder = dirname(path)
  }
})

it.each([
  'file:///nowhere/index.mjs',
  'file:///no%2Fwhere/a.mjs',
  'file:///C:/nowhere/a.mjs',
  'file:///%zz/a.mjs',
  'file:///.mjs',
  'node:internal.mjs',
])('leaves a frame as it is that names no bundle: %s', (url) => {
  const stack = `Error: x\n    at f (${url}:1:2)\n    at ${url}:1:2`
  expect(sourceStackOfNamed(stack)).toBe(stack)
})
