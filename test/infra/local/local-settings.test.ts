import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { on } from '#webhooks'
import type { Local } from '../../../infra/local/local.ts'
import { localSettings, undeployedVariables } from '../../../infra/local/local-settings.ts'
import { startLocal } from '../../../infra/local/start-local.ts'
import { readSettings } from '../../../infra/settings/read-settings.ts'
import { sample } from '../../../infra/smokeball/sample.ts'

const readSettingsUrl = new URL('../../../infra/settings/read-settings.ts', import.meta.url).href
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smokeball-settings-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** An `infra/handlers.ts` of this source; each is a file of its own, since a module is loaded once. */
async function settingsFile(source: string): Promise<string> {
  const file = join(await mkdtemp(join(folder, 'of-')), 'handlers.ts')
  await writeFile(file, source)
  return file
}

/** What a handler saw of the names that the settings tell. */
async function seenBy(local: Local): Promise<unknown> {
  await local.deliver(sample('matter.updated').text)
  await local.settled()
  await local.stop()
  const [line] = local.lines.filter(
    ({ message }) => typeof message === 'object' && message.message === 'seen',
  )
  return (line?.message as Record<string, unknown> | undefined)?.fields
}

describe('readSettings', () => {
  it('reads an object, or what a function makes of the stage', async () => {
    const object = await settingsFile("export default { environment: { URL: 'x' }, timeout: undefined }")
    expect(await readSettings('local', object)).toEqual({ environment: { URL: 'x' } })
    const made = await settingsFile('export default (stage: string) => ({ handlersEntry: stage })')
    expect(await readSettings('local', made)).toEqual({ handlersEntry: 'local' })
    const routes = await settingsFile("export default { fakeRoutes: { 'GET /a/{id}/b-c': () => ({}) } }")
    expect(await readSettings('local', routes)).toEqual({
      fakeRoutes: { 'GET /a/{id}/b-c': expect.any(Function) },
    })
  })

  it('takes those of this project', async () => {
    expect(await readSettings('local')).toEqual(expect.any(Object))
  })

  it.each([
    ['\n\nthrow new TypeError("no")', /handlers\.ts:3: TypeError: no$/],
    ['export default () => {\n  throw new Error("not here")\n}', /handlers\.ts:2: Error: not here$/],
    ['throw "a text"', /handlers\.ts threw a text$/],
    ['export default 5', /^infra\/handlers\.ts: default-export an object of settings/],
    ['export default []', /^infra\/handlers\.ts: default-export an object of settings/],
    ['export default () => []', /^infra\/handlers\.ts: default-export an object of settings/],
    ['export default async () => ({ timeout: 5 })', /not a promise of them: .*without `async`/],
    ['export default Promise.reject(new Error("no"))', /not a promise of them/],
    ['export const settings = {}', /^infra\/handlers\.ts: default-export an object of settings/],
    [
      'export default { enviroment: {}, secrets: ["x"], timeout: 30, nodeModules: "pg" }',
      /handlers\.ts:\n- secrets: give ids of secrets by name: .*\n- timeout is 30: give Lambda \{ seconds: 1 \} .*\n- nodeModules is 'pg': give names of packages.*\n- There is no setting `enviroment`\. Did you mean 'environment'\?/,
    ],
    [
      `export default {
        environment: { AWS_REGION: 'x' }, secrets: { 'CRM KEY': 'y' }, timeout: { seconds: 1.5 }, stack: { maxAttempts: 0 },
      }`,
      /handlers\.ts:\n- environment\.AWS_REGION: this name is not free: .*\n- secrets\.CRM KEY: this is no name .*\n- timeout\.seconds is 1\.5: .*\n- stack\.maxAttempts is 0: give 1 to 100/,
    ],
    [
      "export default { fakeRoutes: { '/x': () => ({}) } }",
      /fakeRoutes is \{ '\/x': .* \}: give functions by routes: /,
    ],
    ["export default { fakeRoutes: { 'GET x': () => ({}) } }", /fakeRoutes is .* give functions by routes: /],
    [
      "export default { fakeRoutes: { 'GET /{}': () => ({}) } }",
      /fakeRoutes is .* give functions by routes: /,
    ],
    ["export default { fakeRoutes: { 'GET /x': {} } }", /fakeRoutes is .* give functions by routes: /],
  ])('says where the file is wrong: %s', async (source, message) => {
    await expect(readSettings('local', await settingsFile(source))).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(message),
    })
  })
})

it('says where a file does not load, in Node itself', async () => {
  const broken = await settingsFile('export default {\n  timeout: ,\n}')
  const files = [
    broken,
    await settingsFile("import './nowhere.ts'"),
    await settingsFile(`import '${broken}'`),
  ]
  const script = `const { readSettings } = await import(${JSON.stringify(readSettingsUrl)})
    for (const file of ${JSON.stringify(files)}) await readSettings('local', file).catch(({ message }) => console.log(message))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  const [unparsed, missing, indirect] = stdout.split('\n')
  expect(unparsed).toBe(`${broken}:2: SyntaxError: Expression expected`)
  expect(missing).toMatch(/handlers\.ts: Error: Cannot find module .*nowhere\.ts/)
  expect(indirect).toBe(unparsed)
})

describe('`stack` of the settings', () => {
  it('is taken when it is right', async () => {
    const stack = {
      alarmEmails: ['ops@firm.example', 'it+alarms@mail.firm.example'],
      ...{ toleranceMs: 300_000, maxConcurrency: 5, maxAttempts: 20, logRetentionDays: 30 },
      ...{ eventRetentionDays: 30, ledgerRetentionDays: 400, visibilityTimeoutSeconds: 180 },
      ...{ receiver: { memoryMb: 512 }, throttling: { perSecond: 1, burst: 2 }, tracing: false },
    }
    const file = await settingsFile(`export default { stack: { ...${JSON.stringify(stack)}, x: 1 } }`)
    await expect(readSettings('local', file)).rejects.toThrow(/:\n- There is no setting `stack\.x`\.$/)
    const right = await settingsFile(`export default { stack: ${JSON.stringify(stack)} }`)
    expect(await readSettings('local', right)).toEqual({ stack })
    const none = await settingsFile('export default { stack: { tracing: undefined, receiver: {} } }')
    expect(await readSettings('local', none)).toEqual({ stack: { receiver: {} } })
  })

  it.each([
    ["alarmEmails: 'ops@x'", /stack\.alarmEmails is 'ops@x': give a list of mail addresses: \['ops@firm/],
    ["alarmEmails: ['']", /stack\.alarmEmails\.0 is '': give a list of mail addresses/],
    ["alarmEmails: ['ops at firm.example']", /stack\.alarmEmails\.0 is 'ops at firm\.example': give/],
    [
      "alarmEmails: ['a@firm.example, b@firm.example']",
      /stack\.alarmEmails\.0 is 'a@firm\.example, b@firm\.example': give/,
    ],
    ["alarmEmail: ['ops@firm.example']", /no setting `stack\.alarmEmail`\. Did you mean 'alarmEmails'\?/],
    ['maxConcurency: 5', /no setting `stack\.maxConcurency`\. Did you mean 'maxConcurrency'\?/],
    ["maxAttempts: '20'", /stack\.maxAttempts is '20': give 1 to 100/],
    ['toleranceMs: NaN', /stack\.toleranceMs is NaN: give whole milliseconds/],
    ['throttling: null', /stack\.throttling is null: give .* \{ perSecond: 1000, burst: 2000 \}/],
    ['throttling: { perSecond: 5 }', /stack\.throttling\.burst is undefined: give/],
    [
      'receiver: 5',
      /stack\.receiver is 5: give \{ memoryMb: 512, timeoutMs: 8_000, reservedConcurrency: 50 \}/,
    ],
    ['receiver: { memory: 512 }', /no setting `stack\.receiver\.memory`\. Did you mean 'memoryMb'\?/],
    ["tracing: 'false'", /stack\.tracing is 'false': give true or false/],
  ])('%s is refused', async (source, message) => {
    const file = await settingsFile(`export default { stack: { ${source} } }`)
    await expect(readSettings('prod', file)).rejects.toThrow(message)
  })
})

describe('localSettings', () => {
  const settings = {
    environment: { CRM_URL: 'https://production.example', EMPTY: '' },
    secrets: { CRM_KEY: 'crm/key', CRM_PIN: 'crm/pin' },
  }

  it('names all that .env lacks at once, and the lines to add', () => {
    expect(() => localSettings(settings, { EMPTY: '', CRM_PIN: '' })).toThrow(
      '.env lacks values of CRM_URL, CRM_KEY, CRM_PIN, which infra/handlers.ts names. ' +
        'Add to .env, with values for this machine:\n\n' +
        'CRM_URL=  # variable\nCRM_KEY=  # secret\nCRM_PIN=  # secret\n',
    )
  })

  it('names what lacks a value though every object has one of that name', () => {
    const named = { environment: { toString: 'x' }, secrets: { constructor: 'x/y' } }
    expect(() => localSettings(named, {})).toThrow(/^\.env lacks values of toString, constructor, /)
    expect(localSettings(named, { toString: 'text', constructor: 'key' } as never)).toMatchObject({
      secrets: { constructor: 'key' },
    })
  })

  it('gives the time limit, packages and handlers file on', () => {
    expect(
      localSettings({ timeout: { seconds: 60 }, nodeModules: ['sharp'], handlersEntry: 'elsewhere.ts' }, {}),
    ).toEqual({
      env: {},
      secrets: {},
      consumerTimeoutMs: 60_000,
      nodeModules: ['sharp'],
      handlers: expect.stringMatching(/.\/elsewhere\.ts$/),
    })
  })

  it('gives handlers in processes of their own the values of .env, and secrets in no variable', async () => {
    const handlers = join(folder, 'handlers.ts')
    await writeFile(
      handlers,
      `import { on } from '#webhooks'
      export default [on('matter.updated', { name: 'h' }, (event, { log, secret }) => {
        const { CRM_URL: url, CRM_KEY: variable = 'none', EMPTY: empty, MORE: more } = process.env
        log.info('seen', { url, variable, empty, more, key: secret('CRM_KEY'), pin: secret('CRM_PIN') })
      })]`,
    )
    const env = { CRM_URL: 'here', EMPTY: '', MORE: 'more', CRM_KEY: 'the key', CRM_PIN: '12' }
    const local = await startLocal({ ...localSettings(settings, env), handlers })
    expect(await seenBy(local)).toEqual({
      ...{ url: 'here', variable: 'none', empty: '', more: 'more' },
      ...{ key: 'the key', pin: '12' },
    })
  })

  it('tells what handlers have only here', () => {
    const env = { CRM_URL: 'here', CRM_KEY: 'key', AWS_PROFILE: 'me', MORE: '1', LESS: '2' }
    expect(undeployedVariables(settings, env)).toMatch(/^Only in \.env: MORE, LESS\. /)
    expect(undeployedVariables(settings, { CRM_URL: 'here' })).toBeUndefined()
  })
})

it('gives closures their secrets, too', async () => {
  const handlers = [
    on('matter.updated', { name: 'h' }, (_event, { log, secret }) =>
      log.info('seen', { key: secret('KEY') }),
    ),
  ]
  const local = await startLocal({ handlers, secrets: { KEY: 'the key' } })
  expect(await seenBy(local)).toEqual({ key: 'the key' })
})
