import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { changesDeployment, examplesOf } from '../../infra/cli/commands/command.ts'
import { programWith } from '../../infra/cli/program.ts'
import { codeBlocks, pages, root } from './code-blocks.ts'

interface Line {
  page: string
  /** What follows the program's name. */
  words: string[]
  /** Ready to be pasted: with the program's name, and not in a table or a list of commands. */
  isWhole: boolean
}

const program = await programWith(() => true)
const names = program.commands.map((command) => command.name())
const scripts = /^npm (?:run )?(start|send|console|deploy|diff|destroy|synth|costs)(?: -- (.+))?$/

function linesOf(page: string): Line[] {
  const blocks = codeBlocks(page).filter(({ language }) => language === 'sh')
  const text = readFileSync(join(root, page), 'utf8').replaceAll(/^ *```.*?^ *```$/gms, '')
  const inSentences = text.split('\n').flatMap((line) =>
    [...line.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(([, code = '']) => ({
      code,
      isTable: line.startsWith('|'),
    })),
  )
  const inBlocks = blocks.flatMap(({ code }) => code.split('\n')).map((code) => ({ code, isTable: false }))
  return [...inSentences, ...inBlocks].flatMap(({ code, isTable }) => {
    const [, given] = /^ *npx smokeball-webhooks ([^…].*)$/.exec(code) ?? []
    const [, script, options = ''] = scripts.exec(code) ?? []
    const bare = names.some((name) => code.startsWith(`${name} `)) ? code : undefined
    const said = given ?? (script && `${script} ${options}`) ?? bare
    if (said === undefined) return []
    return { page, words: said.trim().split(/\s+/), isWhole: given !== undefined && !isTable }
  })
}

/** The page of commands is made from the program itself. */
const lines = pages.filter((page) => page !== 'docs/commands.md').flatMap(linesOf)

/** The command of the program, and the words that follow its name. */
function commandOf(words: readonly string[], from = program): { command: Command; rest: readonly string[] } {
  const next = from.commands.find((one) => one.name() === words[0])
  return next ? commandOf(words.slice(1), next) : { command: from, rest: words }
}

/** Options, without their values. */
const optionsOf = (words: readonly string[]) => words.flatMap((word) => /^--[a-z-]+/.exec(word)?.[0] ?? [])

it('each command that a page tells exists, with its options', () => {
  expect(lines.length).toBeGreaterThan(60)
  const wrong = lines.filter(({ words }) => {
    const { command, rest } = commandOf(words)
    if (command === program || (command.commands.length > 0 && /^[a-z]/.test(rest[0] ?? ''))) return true
    const known = ['--help', ...command.options.map(({ long }) => long)]
    return optionsOf(rest).some((option) => !known.includes(option))
  })
  expect(wrong).toEqual([])
})

/** The program's commands that do something: those of groups, and not the groups. */
function leaves(from: Command): Command[] {
  return from.commands.length === 0 ? [from] : from.commands.flatMap(leaves)
}

const namesDeployment = (words: readonly string[]) =>
  optionsOf(words).some((option) => ['--stage', '--stack', '--local'].includes(option))

it('each example of a command that changes a deployment names the deployment', () => {
  const examples = leaves(program).filter(changesDeployment).flatMap(examplesOf)
  expect(examples.length).toBeGreaterThan(10)
  expect(examples.filter((example) => !namesDeployment(example.split(' ')))).toEqual([])
})

it('a command that changes a deployment is told with the deployment', () => {
  const changing = lines.filter(
    ({ words, isWhole }) => isWhole && changesDeployment(commandOf(words).command),
  )
  expect(changing.length).toBeGreaterThan(5)
  expect(changing.filter(({ words }) => !namesDeployment(words))).toEqual([])
})
