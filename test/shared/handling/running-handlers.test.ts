import { expect, it } from 'vitest'
import { runningHandlers, runningReports } from '../../../shared/handling/running-handlers.ts'

it('publishes which handlers are running, and which one ended last, to whoever looks after the process', ({
  onTestFinished,
}) => {
  const reports: unknown[] = []
  const listener = (report: unknown) => reports.push(report)
  const handlers = runningHandlers()
  const endUnheard = handlers.begin('crm')
  runningReports.subscribe(listener)
  onTestFinished(() => void runningReports.unsubscribe(listener))
  const endMail = handlers.begin('mail')
  const endSecond = handlers.begin('crm')
  endMail()
  endUnheard()
  endSecond()
  expect(reports).toEqual([
    { running: ['crm', 'mail'], last: undefined },
    { running: ['crm', 'mail'], last: undefined },
    { running: ['crm'], last: 'mail' },
    { running: ['crm'], last: 'crm' },
    { running: [], last: 'crm' },
  ])
})
