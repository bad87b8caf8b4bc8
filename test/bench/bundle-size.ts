import { build } from 'esbuild'
import { bundleOptions, type FunctionName } from '../../infra/bundle/bundle.ts'
import { type Figure, portable, shown } from './figure.ts'

const maxKilobytes = 205
/** It is 25.5 now: the rest is for the next esbuild, which may minify a little less. */
const maxOwnKilobytes = 26

/** Sizes of the bundles as deployed, minified, without their source maps. A kilobyte is 1,024 bytes. */
export async function bundleFigures(): Promise<Figure[]> {
  const [receiver, consumer] = await Promise.all([sizesOf('receiver'), sizesOf('consumer')])
  return [
    portable('receiver', receiver.all, maxKilobytes, ' KB'),
    portable('receiver, own code', receiver.own, maxOwnKilobytes, ' KB'),
    shown('consumer', `${consumer.all} KB`),
    shown('consumer, own code', `${consumer.own} KB`),
  ]
}

/** What esbuild's metafile says of the `.mjs`: all of it, and what comes from `functions/` and `shared/`. */
async function sizesOf(name: FunctionName): Promise<{ all: number; own: number }> {
  const { metafile } = await build({ ...bundleOptions(name), write: false, metafile: true })
  const output = Object.entries(metafile.outputs).find(([file]) => file.endsWith('.mjs'))?.[1]
  if (!output) throw new Error(`esbuild made no bundle of the ${name}.`)
  const own = Object.entries(output.inputs).filter(([file]) => /^(functions|shared)\//.test(file))
  if (own.length === 0) throw new Error('No input lies in functions/ or shared/.')
  return {
    all: kilobytes(output.bytes),
    own: kilobytes(own.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0)),
  }
}

function kilobytes(bytes: number): number {
  return Math.ceil((bytes / 1024) * 10) / 10
}
