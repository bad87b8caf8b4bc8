import type { Command } from 'commander'
import { program } from '../../../shared/runtime/command-line.ts'
import { examplesOf } from '../commands/command.ts'
import { programWith } from '../program.ts'

const root = await programWith(() => true)

/** The page of all commands, with their options and examples, as the program itself tells them. */
export function commandsPage(): string {
  const headings = [...new Set(root.commands.map((each) => each.helpGroup()))]
  return [
    '# Commands',
    `\`${program} COMMAND\` works in the project and in each of its folders, and \`--help\` after a command tells the same as ` +
      'this page. Put `npx` before it in every case: it finds the program of this project.',
    '`npm start`, `npm run send`, `npm run console`, `npm run costs`, `npm run deploy`, `npm run diff`, `npm run synth` and ' +
      '`npm run destroy` call the same program. npm takes options for itself unless `--` stands before them: ' +
      '`npm start -- --port 4000`.',
    'A command that changes a deployment has it named: `--stage prod`, `--stack NAME`, or `--local` for the running ' +
      '`npm start`. Where none is named, it asks on a terminal, and ends with exit code 2 elsewhere. A command that reads goes ' +
      'to the stage `prod`, but asks in the same way while `npm start` is running here.',
    'Exit codes: 0 when it is done, 1 when it failed or something is wrong, 2 when the command line was not understood.',
    ...headings.flatMap((heading) => [
      `## ${heading.replace(/:$/, '')}`,
      ...root.commands.filter((each) => each.helpGroup() === heading).flatMap((each) => section(each, '')),
    ]),
  ].join('\n\n')
}

/** A command, or the commands of a group. */
function section(command: Command, before: string): string[] {
  const path = `${before}${command.name()}`
  if (command.commands.length > 0)
    return [
      `### ${path}`,
      ended(command.description()),
      ...command.commands.flatMap((each) => section(each, `${path} `)),
    ]
  const usage = [path, ...command.registeredArguments.map(argumentText), '[options]'].join(' ')
  const options = command.options.filter(({ hidden }) => !hidden)
  return [
    `${before === '' ? '###' : '####'} ${path}`,
    ended(command.description()),
    `\`\`\`sh\n${program} ${usage}\n\`\`\``,
    ['| Option | Meaning |', '| --- | --- |', ...options.map((option) => optionRow(option))].join('\n'),
    `Examples:\n\n\`\`\`sh\n${examplesOf(command).map((each) => `${program} ${each}`).join('\n')}\n\`\`\``,
  ]
}

function argumentText({ name, required, variadic }: Command['registeredArguments'][number]): string {
  const text = `${name()}${variadic ? '...' : ''}`
  return required ? `<${text}>` : `[${text}]`
}

function optionRow({ flags, description, argChoices, defaultValue }: Command['options'][number]): string {
  const choices = argChoices ? ` (${argChoices.join(', ')})` : ''
  const usual = defaultValue === undefined ? '' : ` (${String(defaultValue)} unless named)`
  return `| \`${flags}\` | ${cell(`${description}${choices}${usual}`)} |`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '\\<').replaceAll('*', '\\*')
}

function ended(text: string): string {
  return cell(/[.?)]$/.test(text) ? text : `${text}.`)
}
