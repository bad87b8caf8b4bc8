import { expect, it } from 'vitest'
import { isInAlarm } from './simulated-alarms.ts'

const points = (text: string) => text.split(' ').map((one) => (one === '-' ? undefined : one === 'X' ? 1 : 0))

/** The column "notBreaching" of AWS's tables: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html */
it.each([
  ['0 - X - X', 3, false],
  ['- - - - 0', 3, false],
  ['- - - - -', 3, false],
  ['0 X X - X', 3, true],
  ['- - X - -', 3, false],
  ['0 - X - X', 2, true],
  ['0 0 X 0 X', 2, true],
  ['0 - X - -', 2, false],
  ['- - - - 0', 2, false],
  ['- - - X -', 2, false],
])('of %s, with %d of 3 to alarm, says as AWS does', (text, DatapointsToAlarm, expected) => {
  expect(isInAlarm(points(text), { EvaluationPeriods: 3, DatapointsToAlarm, Threshold: 0 })).toBe(expected)
})
