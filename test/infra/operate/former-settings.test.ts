import { expect, it } from 'vitest'
import { checkFormerSettings, type FormerSettings } from '../../../infra/operate/former-settings.ts'

const former = 'arn:aws:kms:eu-west-1:111122223333:key/former'
const other = 'arn:aws:kms:eu-west-1:111122223333:key/other'
const stack = { TableName: 'events', EncryptionKeyArn: former }
const check = (before: FormerSettings['before'], settings: FormerSettings['settings']) =>
  checkFormerSettings({ before, settings, accounts: () => Promise.reject(new Error('not asked')) })

it.each([
  ['another key', { encryptionKey: other }],
  ['no key', {}],
  ['no settings', undefined],
  ['a previous key that is another one', { encryptionKey: other, previousEncryptionKeys: [other] }],
])("the rights on the stack's key are not taken by %s", async (_, settings) => {
  await expect(check(stack, settings)).rejects.toThrow(
    `Deliveries would be lost: the stack is encrypted with ${former}, and the functions would have no rights`,
  )
})

it.each<[string, FormerSettings['before'], FormerSettings['settings']]>([
  ['keeps the key', stack, { encryptionKey: former }],
  [
    'has another key, and the former one as a previous one',
    stack,
    { encryptionKey: other, previousEncryptionKeys: [former] },
  ],
  ['has no key any more, and the former one as a previous one', stack, { previousEncryptionKeys: [former] }],
  ['gets its first key', { TableName: 'events' }, { encryptionKey: other }],
  ['is new', undefined, { encryptionKey: other }],
])('nothing is to be told of a stack that %s', async (_, before, settings) => {
  expect(await check(before, settings)).toBeUndefined()
})

it('a domain that subscriptions still have is not ended', async () => {
  const url = 'https://hooks.firm.example/smokeball'
  const subscription = { id: 'a', url, eventTypes: [], keyFingerprint: '' }
  const refused = checkFormerSettings({
    before: { TableName: 'events', OwnUrls: `https://a.example/smokeball ${url}` },
    settings: undefined,
    accounts: async () => [{ subscription }],
  })
  await expect(refused).rejects.toThrow(/hooks\.firm\.example would stop to answer/)
})

it('where AWS does not say what the stack has, it is told what may be lost, and the permission', async () => {
  expect(await check(null, undefined)).toMatchObject({
    isRight: true,
    said: expect.stringMatching(/did not tell which domain and which key .* deliveries are lost if/),
    fix: expect.stringMatching(/cloudformation:DescribeStacks .*previousDomains.*previousEncryptionKeys/),
  })
})
