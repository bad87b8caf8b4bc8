import { describe, expect, it } from 'vitest'
import { systemAccountId } from '../../../shared/smokeball-api/account.ts'
import { wantedTypes } from '../../../shared/subscriptions/wanted-types.ts'

const offered = ['contact.created', 'contact.updated', 'error', 'matter.updated', 'mattertype.updated']
const of = (patterns: string[], accountId = 'firm') => wantedTypes(accountId, patterns, offered)

describe('what is subscribed to', () => {
  it.each([
    [['matter.updated'], ['matter.updated']],
    [['contact.*'], ['contact.created', 'contact.updated']],
    [['*'], offered],
    [
      ['matter.updated', 'contact.*', 'contact.created'],
      ['contact.created', 'contact.updated', 'matter.updated'],
    ],
    [['error'], ['error']],
    [[], []],
  ])('%j stands for %j', (patterns, types) => {
    expect(of(patterns)).toEqual({ types, leftOut: [] })
  })

  it('tells what nobody offers, but for what comes on demand', () => {
    const patterns = ['error', 'noop', 'bogus.*', 'matter.archived', 'error.*']
    expect(of(patterns)).toEqual({ types: ['error'], leftOut: ['bogus.*', 'matter.archived', 'error.*'] })
  })

  it('is system events alone for the system account', () => {
    const told = of(['*', 'contact.*', 'bogus'], systemAccountId)
    expect(told).toEqual({ types: ['mattertype.updated'], leftOut: ['bogus'] })
  })
})
