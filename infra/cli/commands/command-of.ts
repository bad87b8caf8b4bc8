import type { Command } from 'commander'

/** The command that the first words name, as far as they do, and these words. */
export function commandOf(root: Command, args: readonly string[]): { command: Command; path: string[] } {
  const [first = '', ...rest] = args
  const next = root.commands.find((each) => each.name() === first)
  if (!next) return { command: root, path: [] }
  const { command, path } = commandOf(next, rest)
  return { command, path: [first, ...path] }
}
