import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { deployedWorld } from '../cli/deployed-world.ts'
import { startServer } from '../cli/start-server.ts'

const set = ['secret', 'set']

describe('the secrets of a stack', () => {
  const accessDenied = { __type: 'AccessDeniedException', Message: 'User x is not authorized to do it' }

  /** Secrets Manager with two secrets that others change and that may be denied. */
  async function secrets(
    webhook: string | undefined,
    { denied = '', rotations = [] }: { denied?: string; rotations?: string[] } = {},
  ) {
    const versions: Record<string, (string | undefined)[]> = {
      webhook: [webhook],
      api: ['{"requestIdKey":"generated-id-key","tokenKey":"there"}'],
    }
    const current: Record<string, number> = { webhook: 0, api: 0 }
    const put: string[] = []
    const api: Record<string, (input: Record<string, string>, id: string) => object> = {
      GetSecretValue(_, id) {
        const read = { SecretString: versions[id]?.[current[id] ?? 0], VersionId: String(current[id]) }
        const [rotated] = id === 'webhook' ? rotations.splice(0, 1) : []
        if (rotated !== undefined) current[id] = (versions[id]?.push(rotated) ?? 0) - 1
        return read
      },
      PutSecretValue({ SecretString = '', VersionStages }, id) {
        put.push(SecretString)
        expect(VersionStages).toEqual(['prepared'])
        return { VersionId: String((versions[id]?.push(SecretString) ?? 0) - 1) }
      },
      UpdateSecretVersionStage({ MoveToVersionId, RemoveFromVersionId }, id) {
        if (RemoveFromVersionId !== String(current[id])) return { __type: 'InvalidParameterException' }
        current[id] = Number(MoveToVersionId)
        return {}
      },
    }
    const server = await startServer((target, body) => {
      const name = target?.split('.')[1] ?? ''
      if (name === denied) return { status: 400, body: JSON.stringify(accessDenied) }
      const input = JSON.parse(body) as Record<string, string>
      const answer = api[name]?.(input, input.SecretId ?? '') ?? {}
      return { status: '__type' in answer ? 400 : 200, body: JSON.stringify(answer) }
    })
    return {
      put,
      env: { AWS_ENDPOINT_URL_SECRETS_MANAGER: server.url },
      current: () => JSON.parse(versions.webhook?.[current.webhook ?? 0] ?? '') as unknown,
      [Symbol.asyncDispose]: server.stop,
    }
  }
  const put = { stdin: 'lou1' }
  const setClientId = [...set, 'client-id']

  it('keep a key that was put in meanwhile', async (context) => {
    await using aws = await secrets('{"signingKey":"old"}', { rotations: ['{"signingKey":"new"}'] })
    const world = await deployedWorld(context)
    const { code, stderr } = await world.run(setClientId, { ...put, env: aws.env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(aws.current()).toEqual({ signingKey: 'new', clientId: 'lou1' })
  })

  it('are left as they are when they do not come to rest', async (context) => {
    const rotations = ['{"signingKey":"2"}', '{"signingKey":"3"}', '{"signingKey":"4"}']
    await using aws = await secrets('{"signingKey":"1"}', { rotations })
    const world = await deployedWorld(context)
    const { code, stderr } = await world.run(setClientId, { ...put, env: aws.env })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^Others changed .* 3 times meanwhile.* run this again\.\n$/)
    expect(aws.current()).toEqual({ signingKey: '4' })
  })

  it.for(['GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'])(
    'are not changed when %s is denied, and what to do is said',
    async (denied, context) => {
      await using aws = await secrets('{"signingKey":"generated"}', { denied })
      const world = await deployedWorld(context)
      const { code, stderr } = await world.run(setClientId, { ...put, env: aws.env })
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^Cannot (read|write) .*: User x is not authorized to do it\. Get that permission, or .*--profile NAME\.\n$/,
      )
      expect(aws.current()).toEqual({ signingKey: 'generated' })
    },
  )

  it.for(['no JSON: generated', '{"other":1}', '{"signingKey":""}', undefined])(
    'are left alone when they are no such secrets: %s',
    async (secret, context) => {
      await using aws = await secrets(secret)
      const world = await deployedWorld(context)
      const { code, stderr } = await world.run(setClientId, { ...put, env: aws.env })
      expect(code).toBe(1)
      expect(stderr).toMatch(/^webhook holds no JSON object.*Restore what was there/)
      expect(stderr).not.toContain('generated')
      expect(aws.put.filter((text) => !text.includes('requestIdKey'))).toEqual([])
    },
  )

  it('are found by a profile and its region', async (context) => {
    await using aws = await secrets('{"signingKey":"generated"}')
    const world = await deployedWorld(context)
    const folder = await mkdtemp(join(tmpdir(), 'webhooks-profile-'))
    context.onTestFinished(() => rm(folder, { recursive: true }))
    const config = join(folder, 'config')
    writeFileSync(
      config,
      '[profile firm]\nregion = eu-west-1\naws_access_key_id = a\naws_secret_access_key = b\n',
    )
    const env = {
      ...aws.env,
      AWS_CONFIG_FILE: config,
      AWS_REGION: '',
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
    }
    const ended = await world.run([...setClientId, '--profile', 'firm'], { ...put, env })
    expect(ended).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('connect --stage prod --profile firm'),
    })
    const region = await world.run(setClientId, {
      ...put,
      env: { ...aws.env, AWS_REGION: '', AWS_DEFAULT_REGION: 'us-east-1' },
    })
    expect(region).toMatchObject({ code: 0, stderr: '' })
  })

  it('are not looked for where there is no stack', async (context) => {
    const world = await deployedWorld(context)
    const { code, stderr } = await world.run([...set, '--stage', 'none'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^There is no stack SmokeballWebhooks-none .* npm run deploy/)
    expect((await world.run(['accounts', 'list', '--stack', 'SmokeballWebhooks'])).code).toBe(0)
  })
})
