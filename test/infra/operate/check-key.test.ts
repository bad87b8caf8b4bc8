import { expect, it, onTestFinished, vi } from 'vitest'
import { checkKey, checkKeyBefore } from '../../../infra/operate/diagnosis/check-key.ts'
import { keyPolicyStatements } from '../../../infra/settings/key-policy.ts'
import { startServer } from '../cli/start-server.ts'

const { signal } = new AbortController()
const account = '111122223333'
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
    [logs ?? {}, { ...alarms, Condition: { StringEquals: { 'aws:SourceAccount': '444455556666' } } }],
  ],
  ['CloudWatch to decrypt alone', [logs ?? {}, { ...alarms, Action: 'kms:Decrypt' }]],
  ['nothing, but denies it', [logs ?? {}, { ...alarms, Effect: 'Deny' }]],
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
      logs ?? {},
      { ...alarms, Condition: { StringLike: { 'AWS:SourceAccount': ['444455556666', '1111*'] } } },
    ],
  ],
])('a policy allows it by %s', async (_, policy) => {
  await kms({ policy })
  expect(await checkKey(key, signal)).toMatchObject({ isRight: true })
})

it('a stack without alarms needs no word for them', async () => {
  await kms({ policy: [logs ?? {}] })
  expect(await checkKey({ ...key, hasAlarms: false }, signal)).toMatchObject({ isRight: true })
  await kms({ policy: [] })
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
