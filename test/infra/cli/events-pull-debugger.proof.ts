import { once } from 'node:events'
import { SourceMap } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { debuggedPull } from './debugged-pull.ts'

/** Longer than servers keep a connection that nobody uses. */
const stoppedMs = 6_000
const timeout = 120_000

interface Told {
  method: string
  params: Record<string, unknown>
}

const bundle = /\/pulled\/index\.mjs$/

/** Packages have source maps, too. */
function isOfOther({ method, params }: Told): boolean {
  if (method !== 'Debugger.paused' || params.reason !== 'instrumentation') return false
  return !bundle.test((params.data as { url: string }).url)
}

/** A debugger: calls, and what is told meanwhile. */
async function attach(url: string) {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  const answers = new Map<number, (result: Record<string, unknown>) => void>()
  const told: Told[] = []
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Told & { id?: number; result: Record<string, unknown> }
    if (isOfOther(message)) void call('Debugger.resume')
    else if (message.id === undefined) told.push(message)
    else answers.get(message.id)?.(message.result)
  })
  let calls = 0
  const call = (method: string, params: object = {}) =>
    new Promise<Record<string, unknown>>((resolve) => {
      calls += 1
      answers.set(calls, resolve)
      socket.send(JSON.stringify({ id: calls, method, params }))
    })
  const wait = async (method: string, isIt: (params: Told['params']) => boolean = () => true) => {
    const find = () => told.find((each) => each.method === method && isIt(each.params))
    await expect.poll(find, { timeout: 50_000 }).toBeDefined()
    return find()?.params ?? {}
  }
  return { call, wait, close: () => socket.close() }
}

it('waits for a debugger, stops where it says in the source, and goes on as if nothing had happened', {
  timeout,
}, async (context) => {
  const { said, ended } = await debuggedPull(context)
  await expect.poll(() => said.stdout, { timeout: 50_000 }).toContain('Set breakpoints in')
  const [url = ''] = /ws:\/\/127\.0\.0\.1:\d+\/\S+/.exec(said.stdout) ?? []
  const { port } = new URL(url)
  expect(said.stdout).toContain(`"request": "attach", "address": "127.0.0.1", "port": ${port} }`)
  const { call, wait, close } = await attach(url)
  await call('Debugger.enable')
  // Editors set breakpoints when a script is there, and before it runs.
  const before = { instrumentation: 'beforeScriptWithSourceMapExecution' }
  const { breakpointId } = await call('Debugger.setInstrumentationBreakpoint', before)
  await call('Runtime.runIfWaitingForDebugger')

  const script = await wait('Debugger.scriptParsed', ({ url }) => bundle.test(String(url)))
  await wait('Debugger.paused', ({ reason }) => reason === 'instrumentation')
  const { scriptSource } = await call('Debugger.getScriptSource', { scriptId: script.scriptId })
  const lineNumber = String(scriptSource)
    .split('\n')
    .findIndex((line) => line.includes('stop here'))
  await call('Debugger.setBreakpointByUrl', { url: script.url, lineNumber })
  await call('Debugger.removeBreakpoint', { breakpointId })
  await call('Debugger.resume')
  const [, map = ''] = /^data:application\/json;base64,(.*)$/.exec(String(script.sourceMapURL)) ?? []
  const paused = await wait('Debugger.paused', ({ reason }) => reason !== 'instrumentation')
  const [frame] = paused.callFrames as { location: { lineNumber: number; columnNumber: number } }[]
  const at = frame?.location ?? { lineNumber: -1, columnNumber: -1 }
  const found = new SourceMap(JSON.parse(Buffer.from(map, 'base64').toString())).findEntry(
    ...([at.lineNumber, at.columnNumber] as const),
  )
  expect(found).toMatchObject({ originalLine: 4, originalSource: expect.stringMatching(/handlers\.ts$/) })

  await sleep(stoppedMs)
  await call('Debugger.resume')
  const [code] = await ended
  close()
  expect(said.stdout).toMatch(/\nHandlers\n {2}crm {2}handled, \d{4,} ms\n$/)
  expect(code).toBe(0)
})
