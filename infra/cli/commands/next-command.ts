import { type CommandWords, webhooksCommand } from '../../../shared/runtime/command-line.ts'
import type { GlobalOptions } from './command.ts'

type Named = { [Name in keyof GlobalOptions]: GlobalOptions[Name] | undefined }

/** Another command of `npm run webhooks`, with what leads it to the same deployment. */
export function nextFor({ stage, stack, profile, local }: Named, given: string | CommandWords): string {
  const words: CommandWords = typeof given === 'string' ? { command: given } : given
  return webhooksCommand({ ...words, options: { ...words.options, ...{ stage, stack, profile, local } } })
}
