import { type CommandWords, webhooksCommand } from './command-line.ts'

/** What to do about an error: in words that the command follows, if one does it. */
export interface Advice {
  /** A sentence; without its full stop where a command follows, which comes behind a colon. */
  text: string
  next?: CommandWords
}

/**
 * An error that says what is wrong and what to do, apart from each other. Its message, which logs show, has both, with
 * `STAGE` in the command for the deployment; whoever shows it and knows the deployment makes that command itself.
 */
export class AdvisedError extends Error {
  /** What is wrong, in whole sentences. */
  readonly problem: string
  readonly advice: Advice

  constructor(problem: string, advice: Advice, options?: ErrorOptions) {
    super([problem, adviceText(advice)].filter(Boolean).join(' '), options)
    this.problem = problem
    this.advice = advice
  }
}

/** The advice as people read it. @default command one with `STAGE` for the deployment */
export function adviceText(
  { text, next }: Advice,
  command: (words: CommandWords) => string = forSomeStage,
): string {
  return next ? `${text}: ${command(next)}` : text
}

function forSomeStage(words: CommandWords): string {
  return webhooksCommand({ ...words, options: { ...words.options, stage: 'STAGE' } })
}
