import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { checkKey, checkKeyBefore } from '../../../infra/operate/diagnosis/check-key.ts'
import { accountStatement, keyPolicyStatements } from '../../../infra/settings/key-policy.ts'
import { startServer } from '../cli/start-server.ts'

const { signal } = new AbortController()
const account = '111122223333'
const other = '444455556666'
const keyArn = `arn:aws:kms:eu-west-1:${account}:key/k`
const key = { keyArn, account, hasAlarms: true }
const needed = keyPolicyStatements({ partition: 'aws', region: 'eu-west-1', account, hasAlarms: true })
const [logs, alarms] = needed
const ofAccount = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*' }

interface Kms {
  metadata?: object | 'denied'
  policy?: object[] | 'denied'
}

/** KMS with one key. */
async function kms({ metadata = {}, policy = [ofAccount, ...needed] }: Kms): Promise<void> {
  const usual = { KeyId: 'k', KeyState: 'Enabled', KeySpec: 'SYMMETRIC_DEFAULT' }
  const answers: Record<string, object | 'denied'> = {
    'TrentService.DescribeKey': metadata === 'denied' ? metadata : { KeyMetadata: { ...usual, ...metadata } },
    'TrentService.GetKeyPolicy':
      policy === 'denied' ? policy : { Policy: JSON.stringify({ Statement: policy }) },
  }
  const server = await startServer((target = '', body) => {
    expect(JSON.parse(body)).toMatchObject({ KeyId: keyArn })
    const answer = answers[target]
    if (answer === 'denied') return { status: 400, body: '{"__type":"AccessDeniedException","message":"no"}' }
    return { status: 200, body: JSON.stringify(answer) }
  })
  onTestFinished(server.stop)
  onTestFinished(() => void vi.unstubAllEnvs())
  vi.stubEnv('AWS_ENDPOINT_URL_KMS', server.url)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b')
}

it('a key is right that is on, and that CloudWatch may use', async () => {
  await kms({})
  const found = await checkKey(key, signal)
  expect(found).toMatchObject({ isRight: true, said: expect.stringContaining(`${keyArn} can be used`) })
  expect(found).not.toHaveProperty('fix')
  await expect(checkKeyBefore(key, signal)).resolves.toBeUndefined()
})

it.each<[string, object[]]>([
  ['the account alone', [ofAccount]],
  ['logs alone', [ofAccount, logs ?? {}]],
  [
    'alarms of another account',
    [ofAccount, logs ?? {}, { ...alarms, Condition: { StringEquals: { 'aws:SourceAccount': other } } }],
  ],
  ['CloudWatch to decrypt alone', [ofAccount, logs ?? {}, { ...alarms, Action: 'kms:Decrypt' }]],
  ['nothing, but denies it', [ofAccount, logs ?? {}, { ...alarms, Effect: 'Deny' }]],
])('alarms are silent where the policy allows %s', async (_, policy) => {
  await kms({ policy })
  expect(await checkKey(key, signal)).toMatchObject({
    isRight: false,
    said: expect.stringMatching(/cloudwatch\.amazonaws\.com use it, so that .* alarms are silent$/),
    fix: expect.stringContaining(JSON.stringify(alarms, null, 2).replaceAll('\n', '\n  ')),
  })
  await expect(checkKeyBefore(key, signal)).rejects.toThrow(/alarms are silent\.\nThe key's policy needs/)
})

it.each<[string, object[]]>([
  [
    'a pattern',
    [
      ofAccount,
      {
        Effect: 'Allow',
        Principal: { Service: needed.map(({ Principal }) => Principal.Service) },
        Action: 'kms:*',
      },
    ],
  ],
  ['any principal', [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: ['KMS:*'] }]],
  [
    'the account among others',
    [
      ofAccount,
      logs ?? {},
      { ...alarms, Condition: { StringLike: { 'AWS:SourceAccount': [other, '1111*'] } } },
    ],
  ],
])('a policy allows it by %s', async (_, policy) => {
  await kms({ policy })
  expect(await checkKey(key, signal)).toMatchObject({ isRight: true })
})

it('a stack without alarms needs no word for them', async () => {
  await kms({ policy: [ofAccount, logs ?? {}] })
  expect(await checkKey({ ...key, hasAlarms: false }, signal)).toMatchObject({ isRight: true })
  await kms({ policy: [ofAccount] })
  const found = await checkKey({ ...key, hasAlarms: false }, signal)
  expect(found.said).toMatch(/let logs\.eu-west-1\.amazonaws\.com use it$/)
})

it.each<[object, RegExp, RegExp]>([
  [
    { KeyState: 'Disabled' },
    /is Disabled: nothing that it encrypted can be read/,
    /aws kms enable-key --key-id arn:/,
  ],
  [{ KeyState: 'PendingDeletion' }, /is PendingDeletion/, /aws kms cancel-key-deletion --key-id arn:/],
  [{ KeySpec: 'RSA_2048' }, /is of the kind RSA_2048/, /symmetric/],
])('a key with %j cannot be used', async (metadata, said, fix) => {
  await kms({ metadata })
  expect(await checkKey(key, signal)).toMatchObject({
    isRight: false,
    said: expect.stringMatching(said),
    fix: expect.stringMatching(fix),
  })
})

it.each<[Kms, RegExp]>([
  [{ metadata: 'denied' }, /kms:DescribeKey/],
  [{ policy: 'denied' }, /kms:GetKeyPolicy/],
])('who may not look at the key (%j) gets the statements, and no failure', async (denied, action) => {
  await kms(denied)
  const found = await checkKey(key, signal)
  expect(found).toMatchObject({ isRight: true, said: expect.stringMatching(/did not tell .*AccessDenied/) })
  expect(found.fix).toMatch(action)
  expect(found.fix).toContain('cloudwatch.amazonaws.com')
  await expect(checkKeyBefore(key, signal)).resolves.toBeUndefined()
})

const decides = accountStatement({ partition: 'aws', account })
const two = ['kms:Decrypt', 'kms:GenerateDataKey']

it.each<[string, object | undefined]>([
  ['nothing', undefined],
  ['one role alone', { ...ofAccount, Principal: { AWS: `arn:aws:iam::${account}:role/admin` } }],
  ['another account', { ...ofAccount, Principal: { AWS: `arn:aws:iam::${other}:root` } }],
  ['decryption alone', { ...ofAccount, Action: ['kms:Decrypt'] }],
  ['all but encryption', { ...ofAccount, Action: undefined, NotAction: 'kms:GenerateDataKey*' }],
  ['a denial', { ...ofAccount, Effect: 'Deny' }],
  [
    'everybody of another account',
    { ...ofAccount, Principal: '*', Condition: { StringEquals: { 'kms:CallerAccount': other } } },
  ],
])('roles cannot use a key whose policy lets its account decide nothing: %s', async (_, statement) => {
  await kms({ policy: [...(statement ? [statement] : []), ...needed] })
  expect(await checkKey(key, signal)).toMatchObject({
    isRight: false,
    said: `the policy of ${keyArn} does not let the roles of account ${account} use it`,
    fix: `The key's policy needs, among its statements:\n${JSON.stringify([decides], null, 2)}`,
  })
  await expect(checkKeyBefore(key, signal)).rejects.toThrow(/the roles of account 111122223333 use it\.\n/)
})

it.each<[string, object]>([
  ['the statement that is printed', decides],
  ['the bare id of the account', { ...ofAccount, Principal: { AWS: [other, account] }, Action: two }],
  [
    'all that is not administration',
    { ...ofAccount, Action: undefined, NotAction: ['kms:Put*', 'kms:Sch*'] },
  ],
  [
    'everybody of the account',
    { ...ofAccount, Principal: '*', Condition: { StringEquals: { 'kms:CallerAccount': account } } },
  ],
])('roles can use a key by %s', async (_, statement) => {
  await kms({ policy: [statement, ...needed] })
  const found = await checkKey(key, signal)
  expect(found).toMatchObject({ isRight: true, said: expect.stringContaining(`by account ${account}`) })
  expect(found).not.toHaveProperty('fix')
})

it.each<[string, object, RegExp]>([
  ['the account', { ...ofAccount, Effect: 'Deny' }, /holds for the roles of account 111122223333$/],
  [
    'everybody',
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 'kms:Decrypt',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
    /the roles of account 111122223333 and logs\.eu-west-1\.amazonaws\.com and cloudwatch/,
  ],
  [
    'all but a role',
    { Effect: 'Deny', NotPrincipal: { AWS: `arn:aws:iam::${account}:role/admin` }, Action: 'kms:*' },
    /the roles of account 111122223333 and logs/,
  ],
])('a denial that may hold for %s is told, and refuses nothing', async (_, denial, said) => {
  await kms({ policy: [ofAccount, ...needed, denial] })
  const found = await checkKey(key, signal)
  expect(found).toMatchObject({ isRight: true, said: expect.stringMatching(said) })
  expect(found.fix).toContain('Deny')
  await expect(checkKeyBefore(key, signal)).resolves.toBeUndefined()
})

it('a denial that is not for these is not told', async () => {
  const ofOthers = { Effect: 'Deny', Principal: { AWS: `arn:aws:iam::${account}:role/x` }, Action: 'kms:*' }
  const deletion = { Effect: 'Deny', Principal: '*', Action: 'kms:ScheduleKeyDeletion' }
  await kms({ policy: [ofAccount, ...needed, ofOthers, deletion] })
  expect(await checkKey(key, signal)).not.toHaveProperty('fix')
})

describe('for a new stack, whose account no output names', () => {
  const isNew = { ...key, account: undefined }
  const place = { partition: 'aws', region: 'eu-west-1', account: other, hasAlarms: true }
  const ofOther = [accountStatement(place), ...keyPolicyStatements(place)]

  it("another account's key is right if its policy is made for an account that it names", async () => {
    await kms({ policy: [ofAccount, ...ofOther] })
    expect(await checkKey(isNew, signal)).toMatchObject({
      isRight: true,
      said: expect.stringContaining(`by account ${other}`),
    })
    await expect(checkKeyBefore(isNew, signal)).resolves.toBeUndefined()
  })

  it('one that suits no account is refused', async () => {
    for (const policy of [
      [ofAccount],
      [ofAccount, ...ofOther.slice(1)],
      [ofAccount, ...ofOther.slice(0, 2)],
    ]) {
      await kms({ policy })
      await expect(checkKeyBefore(isNew, signal)).rejects.toThrow(/does not let .* use it/)
    }
  })

  it('credentials that name their account decide', async () => {
    await kms({})
    await expect(checkKeyBefore(isNew, signal)).resolves.toBeUndefined()
    vi.stubEnv('AWS_ACCOUNT_ID', other)
    await expect(checkKeyBefore(isNew, signal)).rejects.toThrow(
      /the roles of account 444455556666 and cloudwatch/,
    )
    await kms({ policy: ofOther })
    vi.stubEnv('AWS_ACCOUNT_ID', other)
    await expect(checkKeyBefore(isNew, signal)).resolves.toBeUndefined()
  })
})
