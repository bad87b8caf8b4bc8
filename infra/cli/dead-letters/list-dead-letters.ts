import type { DeadLetter } from './dead-letter.ts'
import type { DeadLettersDeps } from './dead-letters-deps.ts'
import { surveyDeadLetters } from './survey-dead-letters.ts'

/** All dead letters that nobody else holds just now, oldest first. All are visible again afterwards. */
export async function listDeadLetters(deps: DeadLettersDeps, signal: AbortSignal): Promise<DeadLetter[]> {
  return (await surveyDeadLetters(deps, signal)).letters
}
