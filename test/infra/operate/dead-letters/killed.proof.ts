import { it } from 'vitest'
import { redriveKilledEverywhere } from './killed-everywhere.ts'

it.for([
  { when: 'before', isLongAfter: false, mood: 'works' },
  { when: 'after', isLongAfter: true, mood: 'fails' },
  { when: 'after', isLongAfter: false, mood: 'works' },
  { when: 'after', isLongAfter: true, mood: 'works' },
  { when: 'after', isLongAfter: false, mood: 'fails' },
] as const)(
  'a redrive that is killed and run again loses nothing, and handles each event once (%o)',
  { timeout: 60_000 },
  (redrive, context) => redriveKilledEverywhere(context, redrive),
)
