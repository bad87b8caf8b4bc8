import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import type { Local, StartLocalOptions } from '../../../infra/local/local.ts'
import { startLocal } from '../../../infra/local/start-local.ts'
import { awsOf } from '../../../infra/operate/running-file.ts'
import { type Ended, runWebhooks } from './run-webhooks.ts'

export interface RunningLocal {
  local: Local
  env: Record<string, string>
  /** Runs a command against it. */
  run(...args: string[]): Promise<Ended>
}

/** The whole pipeline, and commands that find it with `--local`, as they find `npm start`. */
export async function runningLocal(
  context: Pick<TestContext, 'onTestFinished'>,
  options: StartLocalOptions,
): Promise<RunningLocal> {
  const local = await startLocal(options)
  context.onTestFinished(local.stop)
  const { env } = await runningAs(context, local)
  return { local, env, run: (...args) => runWebhooks([...args, '--local'], { env }) }
}

/** What leads commands to a pipeline with `--local`. */
export async function runningAs(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  local: Local,
): Promise<Pick<RunningLocal, 'env'>> {
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-running-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { url, runId, clientId, signingKey, requestIdKey, outputs } = local
  const handlers = local.handlers.map(({ name, types, order, own }) => ({ name, types, order, own }))
  const aws = awsOf(local)
  const keys = { clientId, signingKey, requestIdKey }
  const running = { url, runId, ...keys, outputs, handlers, aws, pid: process.pid }
  await writeFile(join(folder, 'running.json'), JSON.stringify(running))
  return { env: { LOCAL_STATE_DIR: folder } }
}
