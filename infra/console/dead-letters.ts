import type { DeadLetter } from '../cli/dead-letters/dead-letter.ts'

/** What lies in the dead-letter queue: looked at, sent back, dropped. */
export interface DeadLetters {
  /** Oldest first. */
  list(signal: AbortSignal): Promise<DeadLetter[]>
  redrive(
    asked: { which(letter: DeadLetter): boolean; onRedriven(letter: DeadLetter): void },
    signal: AbortSignal,
  ): Promise<{ redriven: number; kept: number }>
  drop(
    asked: { which(letter: DeadLetter): boolean; reason: string; onDropped(letter: DeadLetter): void },
    signal: AbortSignal,
  ): Promise<{ dropped: number; kept: number }>
}
