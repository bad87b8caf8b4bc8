import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { expect, type TestContext, vi } from 'vitest'
import { type Local, startLocal } from '#webhooks/testing'
import { freshTicks } from '../../infra/smokeball/sample.ts'
import { stringifyLossless } from '../../shared/event/lossless-json.ts'
import type { Handler } from '../../shared/handling/handler-registry.ts'
import { newRequestId } from '../../shared/signing/request-id.ts'
import { blocksOf, folderFor, writeFiles } from './code-blocks.ts'

export const recipes = 'docs/recipes.md'
/** The page and the section with the mirror, and with the `database.ts` that recipes have beside them. */
export const networks = 'docs/networks-and-databases.md'
export const example = 'Example: Postgres in a VPC'
export const secrets = {
  DATABASE_PASSWORD: 'any',
  BILLING_KEY: 'billing-key',
  SERVICE_KEY: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
}

interface Wanted {
  /** @default the one of the recipes */
  page?: string
  /** Which of the section's handlers files. @default the first */
  nth?: number
  /** Variables that they are to find. */
  env: Record<string, string>
}

/** A handlers file of a page, imported as it stands there. */
export async function handlersOf(
  context: Pick<TestContext, 'onTestFinished'>,
  section: string,
  { page = recipes, nth = 0, env }: Wanted,
): Promise<{ default: readonly Handler[]; [name: string]: unknown }> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  context.onTestFinished(() => void vi.unstubAllEnvs())
  const folder = await folderFor(context)
  const code = codeOf(page, section, 'index.ts', nth)
  await writeFiles(folder, { 'index.ts': code, 'database.ts': codeOf(networks, example, 'database.ts') })
  if (code.includes("from './database.ts'")) {
    const { database } = await import(join(folder, 'database.ts'))
    context.onTestFinished(() => database({ log: console, secret: () => '' }).end())
  }
  return import(join(folder, 'index.ts'))
}

function codeOf(page: string, section: string, name: string, nth = 0): string {
  const files = blocksOf(page, section, 'ts').filter(({ file }) => file === `functions/handlers/${name}`)
  if (!files[nth]) throw new Error(`${page} has no such ${name} under '${section}'.`)
  return files[nth].code
}

export const nextTicks = freshTicks()

/** Delivers an event and waits until it was handled; `agoMs`: how long ago it happened, `own`: by a write of ours. */
export async function deliver(
  local: Local,
  type: string,
  payload: Record<string, unknown>,
  { agoMs = 0, own = false } = {},
): Promise<void> {
  const timestamp = nextTicks() - BigInt(agoMs) * 10_000n
  const notification = { accountId: 'firm-1', subscriptionId: 's', type, source: 'API', payload, timestamp }
  const requestId = own ? { requestId: newRequestId(local.requestIdKey, randomBytes(8)) } : {}
  const { status } = await local.deliver(stringifyLossless(notification), requestId)
  expect(status).toBe(200)
  await local.settled()
}

/** The pipeline with these handlers. What fails is run again at once, five times in all. */
export async function start({ onTestFinished }: TestContext, handlers: readonly Handler[]): Promise<Local> {
  const local = await startLocal({ handlers, secrets, backOffMs: () => 0 })
  onTestFinished(() => local.stop())
  return local
}
