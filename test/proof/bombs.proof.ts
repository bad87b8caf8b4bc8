import { join } from 'node:path'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { bundleOptions } from '../../infra/bundle/bundle.ts'
import { defaults } from '../../infra/settings/settings-schema.ts'
import { inFolder } from '../bench/fresh-process.ts'
import { consumerIn, type Result, type Run, receiverIn } from './bomb-runs.ts'
import { bombs } from './bomb-shapes.ts'

/** A gross bound, of CPU time: work in the square of such lengths takes minutes. */
const mostCpuMs = 10_000

/** One body, twice, in a receiver; the same in a consumer; ten that are shorter in one batch of it. */
const kinds = ['receiver', 'consumer', 'ten in a consumer'] as const
type Kind = (typeof kinds)[number]
const results = new Map<string, Record<Kind, Result>>()

beforeAll(async () => {
  await inFolder(async (folder) => {
    const handlersEntry = join(import.meta.dirname, 'bomb-handlers.ts')
    const functions = ['receiver', 'consumer'] as const
    await Promise.all(functions.map((name) => build(bundleOptions(name, { outdir: folder, handlersEntry }))))
    const [receiver, consumer] = await Promise.all([receiverIn(folder), consumerIn(folder)])
    for (const bomb of bombs) {
      const inReceiver = receiver.run(bomb)
      const inConsumer = await consumer.run(bomb, { count: 1 })
      const ten = await consumer.run(bomb, { count: 10, bytes: 1_400_000 })
      results.set(bomb.name, { receiver: await inReceiver, consumer: inConsumer, 'ten in a consumer': ten })
    }
    await Promise.all([receiver.stop(), consumer.stop()])
  })
  process.stdout.write(`${table()}\n`)
}, 900_000)

describe.each(bombs.map(({ name }) => name))('a body of 6 MB: %s', (name) => {
  it('is taken by a receiver', () => {
    const run = runOf(name, 'receiver')
    expect(run.peakMb).toBeLessThan(defaults.receiver.memoryMb)
    expect(run.cpuMs).toBeLessThan(mostCpuMs)
    expect(run.kept).toBe(0)
    expect(['queued,queued', 'quarantined,quarantined']).toContain(run.outcomes.join())
    for (const reason of run.reasons) expect(reason).toMatch(/\S/)
  })

  it.each(['consumer', 'ten in a consumer'] as const)(
    'is handled, or a dead letter that says why: %s',
    (kind) => {
      const run = runOf(name, kind)
      expect(run.peakMb).toBeLessThan(defaults.consumer.memoryMb)
      expect(run.cpuMs).toBeLessThan(mostCpuMs)
      expect(run.kept).toBe(0)
      expect(['handled', 'dead-lettered']).toEqual(expect.arrayContaining(run.outcomes))
      expect(run.reasons).toHaveLength(run.outcomes.filter((outcome) => outcome === 'dead-lettered').length)
      for (const reason of run.reasons) expect(reason).toMatch(/\S/)
    },
  )
})

function runOf(name: string, kind: Kind): Run {
  const result = results.get(name)?.[kind]
  if (!result) throw new Error('It was not run.')
  if ('died' in result) throw new Error(`The function died: ${result.died}`)
  return result
}

function table(): string {
  const rows = [...results].map(([name, row]) => [name, ...kinds.map((kind) => cell(row[kind]))])
  const widths = ['', ...kinds].map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return [['', ...kinds], ...rows]
    .map((row) => row.map((text, at) => text.padEnd(widths[at] ?? 0)).join('  '))
    .join('\n')
}

function cell(result: Result): string {
  if ('died' in result) return 'died'
  const { peakMb, cpuMs, outcomes, invocations } = result
  const told = `${peakMb.toFixed(0)} MB ${(cpuMs / 1000).toFixed(1)} s ${[...new Set(outcomes)].join(' + ')}`
  return invocations > 2 ? `${told} in ${invocations} runs` : told
}
