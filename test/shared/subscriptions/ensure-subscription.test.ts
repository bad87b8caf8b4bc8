import { describe, expect, it } from 'vitest'
import { parseWebhookSecret } from '../../../shared/signing/webhook-secret.ts'
import type { KeptSubscription } from '../../../shared/smokeball-api/account.ts'
import {
  ensureSubscription,
  type WantedSubscription,
} from '../../../shared/subscriptions/ensure-subscription.ts'
import type {
  Subscription,
  SubscriptionBody,
  WebhooksApi,
} from '../../../shared/subscriptions/webhooks-api.ts'

const url = 'https://hooks.test/smokeball'
const former = 'https://former.test/smokeball'
const [key] = parseWebhookSecret('{"clientId":"c","signingKey":"k"}', 'id').signingKeys
const there = (id: string, more: Partial<Subscription> = {}): Subscription => ({
  id,
  accountId: 'firm',
  name: 'n',
  eventTypes: ['matter.updated'],
  url,
  created: '',
  ...more,
})
const kept = (id: string, more: Partial<KeptSubscription> = {}): KeptSubscription => ({
  id,
  url,
  eventTypes: ['matter.updated'],
  keyFingerprint: key.fingerprint,
  ...more,
})

/** The API's endpoints over a list, which notes each write. */
function api(list: Subscription[]) {
  const writes: [string, ...unknown[]][] = []
  const stored = (id: string, { name, eventTypes, eventNotificationUrl }: SubscriptionBody) =>
    there(id, { name, eventTypes, url: eventNotificationUrl })
  const calls: WebhooksApi = {
    types: async () => ['contact.updated', 'matter.updated'],
    list: async () => list,
    async create(body) {
      writes.push(['create', body])
      return stored('new', body)
    },
    async update(id, body) {
      writes.push(['update', id, body])
      return stored(id, body)
    },
    remove: async (id) => void writes.push(['remove', id]),
    notify: async () => {},
  }
  return { calls, writes }
}

async function ensure(list: Subscription[], more: Partial<WantedSubscription> = {}) {
  const { calls, writes } = api(list)
  const wanted: WantedSubscription = {
    accountId: 'firm',
    url,
    name: { standard: 'the stack' },
    patterns: ['matter.updated'],
    key,
    removeDuplicates: false,
    kept: undefined,
    ...more,
  }
  const { outcome, subscription, duplicates, removed } = await ensureSubscription(calls, wanted)
  return { outcome, id: subscription.id, duplicates, removed, writes }
}

const body = { key: 'k', name: 'n', eventTypes: ['matter.updated'], eventNotificationUrl: url }

describe('a subscription', () => {
  it('that is not there is created; one that was there before is repaired', async () => {
    const create = [['create', { ...body, name: 'the stack' }]]
    expect(await ensure([])).toMatchObject({ outcome: 'created', id: 'new', writes: create })
    expect(await ensure([], { kept: kept('gone') })).toMatchObject({ outcome: 'repaired', writes: create })
  })

  it('that is right is left alone', async () => {
    expect(await ensure([there('a')], { kept: kept('a') })).toMatchObject({
      outcome: 'unchanged',
      writes: [],
    })
  })

  it('of which the key is not known is given it', async () => {
    expect(await ensure([there('a')])).toMatchObject({ outcome: 'updated', writes: [['update', 'a', body]] })
    const other = kept('a', { keyFingerprint: 'another' })
    expect(await ensure([there('a')], { kept: other })).toMatchObject({ outcome: 'updated', id: 'a' })
  })

  it('that others have altered is repaired; one of which other things are wanted is updated', async () => {
    const altered = there('a', { eventTypes: ['matter.updated', 'contact.updated'] })
    expect(await ensure([altered], { kept: kept('a') })).toMatchObject({ outcome: 'repaired' })
    const asked = { patterns: ['*'], kept: kept('a') }
    expect(await ensure([there('a')], asked)).toMatchObject({ outcome: 'updated' })
    expect(await ensure([there('a')], { name: { standard: '', given: 'x' }, kept: kept('a') })).toMatchObject(
      {
        outcome: 'updated',
        writes: [['update', 'a', { ...body, name: 'x' }]],
      },
    )
  })

  it('of a former URL moves, unless there is one of the new URL already', async () => {
    const moved = { kept: kept('a', { url: former }) }
    const old = there('a', { url: former })
    expect(await ensure([old], moved)).toMatchObject({ outcome: 'updated', writes: [['update', 'a', body]] })
    expect(await ensure([old, there('b')], moved)).toMatchObject({ outcome: 'updated', id: 'b' })
    const back = { kept: kept('a') }
    expect(await ensure([old], back)).toMatchObject({ outcome: 'repaired', writes: [['update', 'a', body]] })
  })

  it('of another URL of the deployment moves; one of another firm there does not', async () => {
    const [old, another] = [there('a', { url: former }), there('b', { url: former, accountId: 'another' })]
    const moved = { movedFrom: [former], kept: kept('c') }
    expect(await ensure([there('c'), old, another], moved)).toMatchObject({
      ...{ outcome: 'unchanged', id: 'c', duplicates: ['a'], writes: [['update', 'a', body]] },
    })
    expect(await ensure([there('c'), old, another], { ...moved, removeDuplicates: true })).toMatchObject({
      ...{ duplicates: [], removed: ['a'], writes: [['remove', 'a']] },
    })
  })

  it('that another has replaced is removed, once that one is there', async () => {
    const replaced = { movedFrom: [former], kept: kept('a', { url: former }) }
    expect(await ensure([there('a', { url: former }), there('b')], replaced)).toMatchObject({
      ...{ outcome: 'updated', id: 'b', removed: ['a'], duplicates: [] },
      writes: [
        ['update', 'b', body],
        ['remove', 'a'],
      ],
    })
  })

  it('of another URL, of another stage or of another client, is left alone', async () => {
    const other = there('other', { url: 'https://stage.test/smokeball' })
    expect(await ensure([other])).toMatchObject({ outcome: 'created', id: 'new' })
    expect(await ensure([other, there('a')], { kept: kept('a') })).toMatchObject({ writes: [] })
  })

  it('that is there twice is told, and the one that is kept stays', async () => {
    const list = [there('a'), there('b'), there('c')]
    expect(await ensure(list, { kept: kept('b') })).toMatchObject({ duplicates: ['a', 'c'], writes: [] })
    expect(await ensure(list, { kept: kept('b'), removeDuplicates: true })).toMatchObject({
      duplicates: [],
      removed: ['a', 'c'],
      writes: [
        ['remove', 'a'],
        ['remove', 'c'],
      ],
    })
  })

  it('of another firm is not touched, and says whose it is', async () => {
    const { calls, writes } = api([there('a', { accountId: 'another' })])
    const wanted = { accountId: 'firm', url, name: { standard: '' }, patterns: ['*'], key }
    const ensured = ensureSubscription(calls, { ...wanted, removeDuplicates: false, kept: undefined })
    await expect(ensured).rejects.toThrow('those of account another, and not of firm')
    expect(writes).toEqual([])
  })
})
