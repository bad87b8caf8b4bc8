import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Local, type StartLocalOptions, startLocal } from '#webhooks/testing'

/** A page of a few lines. */
const page = {
  'index.html':
    '<!doctype html><html lang="en"><title>A page</title><script type="module" src="/console/app.js"></script></html>',
  'main.tsx': "import './look.css'\ndocument.title = 'It runs'\n",
  'look.css': 'body { color: teal; }\n',
}

/** So that no test waits for a look. */
export const looksMs = { events: 50, status: 100 }

export interface Asked {
  method?: string
  /** Replaces or adds headers; undefined leaves one out. */
  headers?: Record<string, string | undefined>
  body?: unknown
}

export interface Answered {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  /** The body of an answer in JSON. */
  json: Any
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers.
type Any = any

/** A console, asked as its page asks it. */
export interface Console {
  /** `http://127.0.0.1:PORT` */
  origin: string
  cookie: string
  ask(path: string, asked?: Asked): Promise<Answered>
  get(path: string): Promise<Any>
  post(path: string, body: unknown): Promise<Answered>
}

export interface ConsoleWorld extends Console {
  local: Local
  token: string
}

/** What a test context, or a file's `afterAll`, calls at the end. */
export interface Stops {
  onTestFinished(stop: () => unknown): unknown
}

/** The whole pipeline with its console, entered by the printed URL. */
export async function consoleWorld(
  { onTestFinished }: Stops,
  options: StartLocalOptions,
): Promise<ConsoleWorld> {
  const consolePage = mkdtempSync(join(tmpdir(), 'smokeball-page-'))
  for (const [name, text] of Object.entries(page)) writeFileSync(join(consolePage, name), text)
  onTestFinished(() => rmSync(consolePage, { recursive: true }))
  const local = await startLocal({ consolePage, consoleLooksMs: looksMs, ...options })
  onTestFinished(local.stop)
  const token = new URL(local.consoleUrl).searchParams.get('token') ?? ''
  return { local, token, ...(await enter(local.consoleUrl)) }
}

export async function enter(consoleUrl: string): Promise<Console> {
  const { origin, pathname, search } = new URL(consoleUrl)
  const entered = await ask(`${origin}${pathname}${search}`)
  const [cookie = ''] = String(entered.headers['set-cookie']).split(';')
  const asked = (path: string, { headers, ...how }: Asked = {}) =>
    ask(`${origin}${path}`, { ...how, headers: { cookie, ...headers } })
  return {
    ...{ origin, cookie, ask: asked },
    get: async (path) => (await asked(`/console/api/${path}`)).json,
    post: (path, body) =>
      asked(`/console/api/${path}`, {
        ...{ method: 'POST', body: JSON.stringify(body) },
        headers: { origin, 'content-type': 'application/json' },
      }),
  }
}

/** By Node's client, which sends any `Host`. */
export async function ask(
  url: string,
  { method = 'GET', headers = {}, body }: Asked = {},
): Promise<Answered> {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined)
  const { promise, resolve, reject } = Promise.withResolvers<Answered>()
  const sent = request(
    url,
    { method, headers: Object.fromEntries(given) as Record<string, string> },
    (response) => {
      text(response).then((answer) => {
        const { statusCode: status = 0, headers: answered } = response
        const isJson = answer !== '' && String(answered['content-type']).startsWith('application/json')
        resolve({ status, headers: answered, text: answer, json: isJson ? JSON.parse(answer) : undefined })
      }, reject)
    },
  )
  sent.on('error', reject).end(body)
  return promise
}
