import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { formatLine } from '../../../infra/cli/terminal/format-line.ts'
import type { LocalLine } from '../../../infra/operate/log-lines.ts'
import { deliver } from '../../../infra/operate/send/deliver.ts'
import { harmIn, hostile } from '../cli/hostile-texts.ts'
import { startCommand } from '../cli/in-process.ts'

/** All ways to write something that a handler has, and all lines of this project's that it can imitate. */
const writer = `import { on, PermanentFailure } from '#webhooks'
const hostile = ${JSON.stringify(hostile)}
export default [on('*', { name: 'all', order: 'every' }, (event, { log }) => {
  process.stdout.write('out ' + hostile + '\\n')
  process.stderr.write('err ' + hostile + '\\n')
  console.log('logged ' + hostile + '\\n00:00:00.000  forged')
  console.error(new Error('failed ' + hostile))
  console.log({ [hostile]: [hostile] })
  const all = { type: hostile, resource: hostile + '|' + hostile, id: hostile, ms: hostile, why: hostile, attempt: hostile, account: hostile, handler: hostile, error: hostile }
  for (const kind of ['delivery', 'event', 'subscription', 'failure', 'message', 'loop']) {
    console.log({ ...all, [kind]: 'imitated ' + kind + ' ' + hostile, fields: { [hostile]: hostile } })
    console.warn({ ...all, [kind]: { event: 'handled', loop: 'suspected', delivery: 'accepted' }[kind] ?? hostile })
  }
  log.warn('warned ' + hostile, { [hostile]: hostile })
  throw new PermanentFailure('gave up ' + hostile)
})]`

it('shows nothing in npm start but text, whatever is sent, and whatever handlers write', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-hostile-'))
  context.onTestFinished(() => rm(folder, { recursive: true }))
  const handlers = join(folder, 'handlers.ts')
  await writeFile(handlers, writer)
  const start = startCommand('start', ['--port', '0', '--handlers', handlers], {
    ...{ cwd: folder, columns: 200 },
    env: { LOCAL_STATE_DIR: folder, FORCE_COLOR: '1' },
  })
  context.onTestFinished(async () => {
    start.kill('SIGINT')
    await start.ended
  })
  const shows = (text: string) =>
    vi
      .waitUntil(() => start.screen().includes(text), { timeout: 20_000, interval: 50 })
      .catch(() => {
        throw new Error(`It never showed ${text}: ${JSON.stringify(start.screen())}`)
      })
  await shows('Callback URL')
  const target = JSON.parse(await readFile(join(folder, 'running.json'), 'utf8'))
  const body = {
    ...{ type: `contact.${hostile}`, accountId: `firm ${hostile}`, timestamp: 0, source: hostile },
    payload: { id: hostile, [hostile]: hostile },
  }
  // Ticks of now: JSON has no number with so many digits.
  const ticks = (BigInt(Date.now()) + 62_135_596_800_000n) * 10_000n
  const sent = JSON.stringify(body).replace('"timestamp":0', `"timestamp":${ticks}`)
  expect(await deliver(target, sent, { requestId: 'r' })).toMatchObject({ status: 200 })
  expect(await deliver(target, hostile, { requestId: 'r' })).toMatchObject({ status: 200 })
  for (const text of [
    'out evil',
    'err evil',
    'logged evil',
    'Error: failed evil',
    'warned evil',
    'gave up evil',
  ])
    await shows(text)
  await shows('imitated message evil')
  await shows('quarantined')
  expect(start.screen()).toContain('\n    00:00:00.000  forged')
  await writeFile(handlers, `${writer}\nconst x = "${hostile.replaceAll('\r', '')}\n`)
  await shows('cannot be bundled')
  expect(harmIn(start.screen())).toEqual([])
  // Our own colours are there, or this would say nothing of them.
  expect(start.screen()).toContain('\u001b[1m')
})

const text = fc.oneof(
  fc.constantFrom(hostile, 'a\nb', '\u001b[31mred', 'suspected', 'handled', 'accepted'),
  fc.string({ unit: 'binary', maxLength: 10 }),
)
const anything = fc.oneof(
  text,
  fc.dictionary(text, text, { maxKeys: 2 }),
  fc.integer(),
  fc.constant(undefined),
)
const names = [
  'delivery',
  'event',
  'subscription',
  'failure',
  'message',
  'loop',
  'type',
  'resource',
  'id',
  'ms',
]
const fieldName = fc.oneof(
  fc.constantFrom(...names, 'why', 'attempt', 'account', 'handler', 'fields', 'error'),
  text,
)

it('formats any line as text', () => {
  fc.assert(
    fc.property(
      fc.record({
        source: fc.constantFrom('receiver', 'consumer', 'keeper', 'local'),
        level: fc.constantFrom('debug', 'info', 'warn', 'error'),
        at: fc.constant(new Date(0)),
        message: fc.oneof(text, fc.dictionary(fieldName, anything, { maxKeys: 8 })),
      }),
      (line) => {
        const shown = formatLine(line as LocalLine)
        expect(harmIn(shown)).toEqual([])
        // What follows in further lines is set in, so that it is no line of its own.
        for (const more of shown.split('\n').slice(1)) expect(more).toMatch(/^ {4}/)
      },
    ),
    { numRuns: 2_000 },
  )
})
