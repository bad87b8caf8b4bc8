import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type PutSecretValueCommandInput,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { close, listen } from '../../../infra/http/listen.ts'
import { localSecrets, type Secrets } from '../../../infra/local/aws-endpoints/secrets.ts'
import { secretsEndpoint } from '../../../infra/local/aws-endpoints/secrets-endpoint.ts'
import { updateSecret } from '../../../infra/operate/keys/update-secret.ts'
import { credentials, region } from '../../../infra/operate/local-account.ts'

const SecretId = 'smokeball-webhook'
const arn = `arn:aws:secretsmanager:us-east-1:000000000000:secret:${SecretId}`
let secrets: Secrets
let client: SecretsManagerClient
let url = ''

beforeEach(async () => {
  secrets = localSecrets()
  const server = secretsEndpoint(secrets)
  url = await listen(server)
  client = new SecretsManagerClient({ endpoint: url, region, credentials })
  onTestFinished(() => {
    client.destroy()
    return close(server)
  })
})

const read = (where: { VersionId?: string; VersionStage?: string } = {}, id = SecretId) =>
  client.send(new GetSecretValueCommand({ SecretId: id, ...where }))
const put = (SecretString: string, more: Partial<PutSecretValueCommandInput> = {}) =>
  client.send(new PutSecretValueCommand({ SecretId, SecretString, ...more }))
const move = (MoveToVersionId?: string, RemoveFromVersionId?: string, VersionStage = 'AWSCURRENT') =>
  client.send(
    new UpdateSecretVersionStageCommand({ SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId }),
  )
const putClientId = (clientId: string) =>
  updateSecret(client, SecretId, (fields) => ({ ...fields, clientId }))
const labels = async () => (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages

it('answers by name and by ARN, and that a secret, a version or a label is not there', async () => {
  await expect(read()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await expect(put('x')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  secrets.set(SecretId, '{"clientId":"é"}')
  const told = { ARN: arn, Name: SecretId, SecretString: '{"clientId":"é"}', VersionStages: ['AWSCURRENT'] }
  expect(await read()).toMatchObject(told)
  expect(await read({}, arn)).toMatchObject(told)
  for (const where of [{ VersionId: 'none' }, { VersionStage: 'AWSPREVIOUS' }])
    await expect(read(where)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  secrets.delete(SecretId)
  await expect(read()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

it('makes each value that is set or put the current version, and keeps the one before as previous', async () => {
  secrets.set(SecretId, 'one')
  const one = await read()
  const two = await put('two')
  expect(two).toMatchObject({ ARN: arn, Name: SecretId, VersionStages: ['AWSCURRENT'] })
  expect(await read()).toMatchObject({ SecretString: 'two', VersionId: two.VersionId })
  expect(await read({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({
    SecretString: 'one',
    VersionId: one.VersionId,
  })
  secrets.set(SecretId, 'three')
  const three = await read()
  expect(await labels()).toEqual({
    [three.VersionId ?? '']: ['AWSCURRENT'],
    [two.VersionId ?? '']: ['AWSPREVIOUS'],
  })
  expect(await read({ VersionId: one.VersionId ?? '' })).toMatchObject({ SecretString: 'one' })
  await expect(read({ VersionId: one.VersionId ?? '', VersionStage: 'AWSCURRENT' })).rejects.toMatchObject({
    name: 'InvalidRequestException',
  })
})

it('takes a repeated put once, and no other value under its id', async () => {
  secrets.set(SecretId, 'one')
  const ClientRequestToken = '5b1f0c1e-0000-4000-8000-000000000000'
  expect(await put('two', { ClientRequestToken })).toMatchObject({ VersionId: ClientRequestToken })
  await put('three')
  await put('two', { ClientRequestToken })
  expect(await read()).toMatchObject({ SecretString: 'three' })
  await expect(put('other', { ClientRequestToken })).rejects.toMatchObject({
    name: 'ResourceExistsException',
  })
})

it('moves AWSCURRENT only from where it is said to be', async () => {
  secrets.set(SecretId, 'one')
  const { VersionId: one } = await read()
  const { VersionId: two } = await put('two', { VersionStages: ['client-id'] })
  expect(await read()).toMatchObject({ SecretString: 'one' })
  const refused = { name: 'InvalidParameterException' }
  await expect(move(two)).rejects.toMatchObject(refused)
  await expect(move(two, two)).rejects.toMatchObject(refused)
  await expect(move(undefined, one)).rejects.toMatchObject(refused)
  await expect(move('none', one)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  expect(await move(two, one)).toMatchObject({ ARN: arn, Name: SecretId })
  expect(await labels()).toEqual({ [two ?? '']: ['AWSCURRENT', 'client-id'], [one ?? '']: ['AWSPREVIOUS'] })
  await move(undefined, two, 'client-id')
  expect(await labels()).toMatchObject({ [two ?? '']: ['AWSCURRENT'] })
})

it('loses nothing when many write their part at once', async () => {
  secrets.set(SecretId, JSON.stringify({ signingKey: 'k' }))
  const rounds = Array.from({ length: 4 }, (_, index) => `client-${index}`)
  const done = await Promise.allSettled(rounds.map((clientId) => putClientId(clientId)))
  const took = rounds.filter((_, index) => done[index]?.status === 'fulfilled')
  expect(took.length).toBeGreaterThan(0)
  const { signingKey, clientId } = JSON.parse((await read()).SecretString ?? '')
  expect(signingKey).toBe('k')
  expect(took).toContain(clientId)
})

it('keeps a key that is set between the read and the write of the client id', async () => {
  secrets.set(SecretId, JSON.stringify({ signingKey: 'before' }))
  let isFirst = true
  client.middlewareStack.add((next, { commandName }) => async (args) => {
    if (commandName === 'UpdateSecretVersionStageCommand' && isFirst) {
      isFirst = false
      secrets.set(SecretId, JSON.stringify({ signingKey: 'after' }))
    }
    return next(args)
  })
  await putClientId('mine')
  expect(JSON.parse((await read()).SecretString ?? '')).toEqual({ signingKey: 'after', clientId: 'mine' })
})

it('says which calls are there', async () => {
  const headers = { 'x-amz-target': 'secretsmanager.ListSecrets' }
  const answer = await fetch(url, { method: 'POST', headers, body: '{}' })
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ __type: 'InvalidAction' })
})
