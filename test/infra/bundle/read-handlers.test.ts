import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { readHandlers } from '../../../infra/bundle/read-handlers.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smokeball-read-'))
  return () => rm(folder, { recursive: true })
})

it.each([
  ['await new Promise(() => {})', /handlers\.ts: an `await` at the top level never ends/],
  ['export const isOwn = true', /handlers\.ts: .*`isOwn` is a function/s],
  ['process.exit(3)', /handlers\.ts: it ends the process while loading \(exit code 3\)/],
])('says why handlers do not load: %s', async (source, message) => {
  const file = join(folder, 'handlers.ts')
  await writeFile(file, `${source}\nexport default []`)
  const reading = readHandlers(file, { outdir: folder, env: { PATH: process.env.PATH ?? '' } })
  await expect(reading).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) })
})
