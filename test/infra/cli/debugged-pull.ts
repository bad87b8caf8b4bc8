import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { projectRoot } from '../../../infra/settings/project-files.ts'
import { sample } from '../../../infra/smokeball/sample.ts'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { eventRecord } from '../../shared/ledger/event-table.ts'
import { eventsWorld } from './events-world.ts'

const { text } = sample('matter.updated')

const source = `import { on } from '#webhooks'
interface Seen { what: string }
export default [
  on('matter.updated', { name: 'crm' }, (event) => {
    const seen: Seen = { what: event.payload.title ?? 'stop here' }
    if (seen.what === '') throw new Error('empty')
  }),
]`

/** A process that pulls an event, and waits for a debugger. */
export async function debuggedPull(context: Pick<TestContext, 'onTestFinished'>) {
  const { resourceKey, ticks, eventId, type } = readEnvelope(text)
  const world = await eventsWorld(context, [eventRecord({ resourceKey, ticks, eventId, type, text })])
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-pulled-'))
  const handlers = join(folder, 'handlers.ts')
  await writeFile(handlers, source)
  const args = ['events', 'pull', eventId, '--handlers', handlers, '--all', '--inspect=0']
  const child = spawn(process.execPath, ['infra/cli/main.ts', ...args], {
    ...{ cwd: projectRoot, env: { PATH: process.env.PATH, NO_COLOR: '1', ...world.env } },
  })
  const said = { stdout: '' }
  child.stdout.on('data', (chunk) => {
    said.stdout += chunk
  })
  const ended = once(child, 'close') as Promise<[number | null]>
  context.onTestFinished(async () => {
    child.kill('SIGKILL')
    await rm(folder, { recursive: true })
  })
  return { child, said, ended }
}
