import type { DeadLetter } from '../../operate/dead-letters/dead-letter.ts'
import type { Survey } from '../../operate/dead-letters/walk-dead-letters.ts'

/**
 * What lies in the dead-letter queue: looked at, sent back, dropped. One at a time: who looks at letters holds them, and
 * nobody else finds them meanwhile. `elsewhere`: about how many more somebody else holds, such as the command line.
 */
export interface DeadLetters {
  survey(signal: AbortSignal): Promise<Survey>
  redrive(
    asked: { which(letter: DeadLetter): boolean; onRedriven(letter: DeadLetter): void },
    signal: AbortSignal,
  ): Promise<{ redriven: number; kept: number; elsewhere: number }>
  drop(
    asked: { which(letter: DeadLetter): boolean; reason: string; onDropped(letter: DeadLetter): void },
    signal: AbortSignal,
  ): Promise<{ dropped: number; kept: number; elsewhere: number }>
}
