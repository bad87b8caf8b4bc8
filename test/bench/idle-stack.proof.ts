import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { measured } from './costs-example.ts'
import { usdOf } from './costs-table.ts'
import { prices } from './prices.ts'
import { stackResources } from './stack-resources.ts'
import { stackRows } from './stack-rows.ts'

it('an idle stack without a dashboard costs less than $3.30 a month', async () => {
  const outdir = await mkdtemp(join(tmpdir(), 'costs-'))
  try {
    const stack = { ...stackResources(outdir), dashboards: 0 }
    expect(usdOf(prices.regions['us-east-1'], stackRows({ ...measured, stack }, 0))).toBeLessThan(3.3)
  } finally {
    await rm(outdir, { recursive: true })
  }
})
