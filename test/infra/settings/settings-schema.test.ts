import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { expect, it } from 'vitest'
import { settingTexts } from '../../../infra/cli/docs/settings-page.ts'
import { handlerSettings, stackSettings } from '../../../infra/settings/settings-schema.ts'

const { stack: _, ...ofHandlers } = handlerSettings.shape
const schemas = Object.entries({ ...ofHandlers, ...stackSettings.shape })

it.each(schemas)('%s has a comment, whose default is the one that is put in', (name, schema) => {
  const { text, byDefault } = settingTexts.find((one) => one.name === name) ?? {}
  expect(text).toMatch(/^[A-Z].*\.$/s)
  const putIn = schema.parse(undefined)
  if (putIn === undefined) expect(byDefault).toMatch(/^[a-z']/)
  else expect(byDefault?.replaceAll('_', '').split(', ')[0]).toContain(firstOf(putIn))
})

/** The beginning of the comment. */
function firstOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const [[name, first] = []] = Object.entries(value)
  return `{ ${name}: ${first}`
}

it('logs can be kept for what CloudWatch Logs takes, but for ever', () => {
  const days = Object.values(RetentionDays).filter((value) => typeof value === 'number' && value < 9999)
  for (const day of days) expect(stackSettings.shape.logRetentionDays.parse(day)).toBe(day)
  expect(() => stackSettings.shape.logRetentionDays.parse(31)).toThrow(`${days.join(', ')}`)
})
