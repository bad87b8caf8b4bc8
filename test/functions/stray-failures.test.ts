import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { strayFailures, uncaughtOf } from '../../functions/consumer/stray-failures.ts'
import { runningHandlers } from '../../shared/handling/running-handlers.ts'

function world() {
  const lines: unknown[] = []
  const process = new EventEmitter()
  process.on('unhandledRejection', () => lines.push('the runtime ends the process'))
  process.on('uncaughtException', () => lines.push('the runtime ends the process'))
  const running = runningHandlers()
  const { before } = strayFailures({
    uncaught: uncaughtOf(process),
    log: (level, line) => void lines.push({ level, ...line }),
    describe: String,
    running,
  })
  return { lines, process, running, invoke: before }
}

it('leaves failures to the runtime before the first invocation', () => {
  const { lines, process } = world()
  process.emit('unhandledRejection', new Error('at import'))
  expect(lines).toEqual(['the runtime ends the process'])
})

it('takes both kinds over with the first, once', () => {
  const { lines, process, invoke } = world()
  for (const _ of [1, 2, 3]) invoke()
  process.emit('unhandledRejection', new Error('a'))
  process.emit('uncaughtException', new Error('b'))
  expect(lines).toEqual(
    ['a', 'b'].map((message) => ({
      ...{ level: 'error', failure: 'stray', running: '', error: `Error: ${message}` },
    })),
  )
})

it('names the handlers that run, each once', () => {
  const { lines, process, running, invoke } = world()
  invoke()
  const ends = ['crm', 'mail', 'crm'].map((handler) => running.begin(handler))
  process.emit('uncaughtException', new Error('x'))
  ends[0]?.()
  process.emit('uncaughtException', new Error('x'))
  ends[2]?.()
  process.emit('uncaughtException', new Error('x'))
  expect(lines).toMatchObject([{ running: 'crm mail' }, { running: 'mail crm' }, { running: 'mail' }])
})

it('tells three an invocation', () => {
  const { lines, process, invoke } = world()
  invoke()
  for (let nth = 0; nth < 1000; nth++) process.emit('uncaughtException', new Error(`${nth}`))
  expect(lines).toHaveLength(3)
  invoke()
  process.emit('uncaughtException', new Error('x'))
  expect(lines).toHaveLength(4)
})
