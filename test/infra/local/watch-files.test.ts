import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { watchFiles } from '../../../infra/local/watch-files.ts'

let folder = ''
let told: string[] = []
const at = (name: string) => join(folder, name)
const times = { pollMs: 40, settleMs: 80 }
/** Longer than a save takes to be told. */
const aWhile = () => pause(400)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smokeball-watch-'))
  await writeFile(at('there'), 'one')
  told = []
  const stop = watchFiles([at('there'), at('absent')], (file) => told.push(file), times)
  onTestFinished(async () => {
    stop()
    await rm(folder, { recursive: true })
  })
})

it('tells once of a save, in place or by another file, and of each further one', async () => {
  await writeFile(at('there'), '')
  await writeFile(at('there'), 'two')
  await expect.poll(() => told, { timeout: 5_000 }).toEqual([at('there')])
  await aWhile()
  await writeFile(at('.there.swp'), 'three')
  await rename(at('.there.swp'), at('there'))
  await aWhile()
  expect(told).toEqual([at('there'), at('there')])
})

it('tells of a file that was not there, and of one that is gone', async () => {
  await writeFile(at('absent'), 'now')
  await expect.poll(() => told, { timeout: 5_000 }).toEqual([at('absent')])
  await rm(at('there'))
  await expect.poll(() => told, { timeout: 5_000 }).toEqual([at('absent'), at('there')])
})

it('tells nothing of a save that changes nothing, nor after its end', async () => {
  await utimes(at('there'), new Date(), new Date())
  await aWhile()
  expect(told).toEqual([])
  const more: string[] = []
  watchFiles([at('there')], (file) => more.push(file), times)()
  await writeFile(at('there'), 'two')
  await aWhile()
  expect(more).toEqual([])
  expect(told).toEqual([at('there')])
})
