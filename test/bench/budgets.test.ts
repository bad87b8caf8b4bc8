import { describe, expect, it } from 'vitest'
import { isMissed, tableOf } from './figure.ts'
import { groups } from './groups.ts'

describe('budgets that are the same on every machine', () => {
  it.each(['units', 'calls', 'lines', 'bundle'])('%s', async (name) => {
    const figures = (await groups.find((group) => group.name === name)?.measure({ rounds: 1 })) ?? []
    expect(figures.length).toBeGreaterThan(0)
    const missed = figures.filter(isMissed)
    expect(missed.length > 0 ? tableOf(missed) : []).toEqual([])
  })
})
