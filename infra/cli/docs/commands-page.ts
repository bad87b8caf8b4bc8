import type { Command } from 'commander'
import { program } from '../../../shared/runtime/command-line.ts'
import { examplesOf } from '../commands/command.ts'
import { programWith } from '../program.ts'

const root = await programWith(() => true)

/** Scripts of `package.json` that call no command. */
const scripts: readonly (readonly [name: string, does: string])[] = [
  [
    'npm test',
    'the tests that are run all the time; [Tests of the project](contributing-tests.md) tells of the others',
  ],
  ['npm run test:handlers', "your handlers' tests"],
  ['npm run bench', 'the budgets, measured'],
  ['npm run build', 'the Lambda bundles, in `dist/`'],
  [
    'npm run test:deploy',
    'deploys into an AWS emulator on this machine ([MiniStack](https://pypi.org/project/ministack/); needs Python) and tests what is deployed',
  ],
  [
    'npm run test:browser',
    'tests the console in Chromium (`apt-get install chromium`, or `CHROMIUM_PATH`), and leaves screenshots in `test/browser/screenshots`',
  ],
  [
    'npm run check',
    'types of all files; format and lint of all but [yours](upgrading.md#yours-and-ours), whose style is your own. `npm run format` formats the others',
  ],
  [
    'npm run generate',
    "the types of payloads, from Smokeball's schemas, and the pages of docs/ that are made from the code",
  ],
]

/** Options that are told once, at the top of the page. */
const ofMost = ['--stage', '--stack', '--profile', '--local', '--json']

/** The page of all commands, with their options and examples, as the program itself tells them. */
export function commandsPage(): string {
  const headings = [...new Set(root.commands.map((each) => each.helpGroup()))]
  return [
    '# Commands',
    `\`${program} COMMAND\` works in the project and in each of its folders. \`--help\` after a command tells the same as this ` +
      'page.',
    '`npm start`, `npm run send`, `npm run console`, `npm run costs`, `npm run deploy`, `npm run diff`, `npm run synth` and ' +
      '`npm run destroy` call the same program. npm takes options for itself unless `--` stands before them: ' +
      '`npm start -- --port 4000`.',
    'Commands that work with a deployment take `--stage STAGE`, `--stack NAME` or `--local`, which is the running `npm start`; ' +
      '`--profile NAME` names an AWS profile. With `--json` they write their result as one JSON document on stdout, and all ' +
      'else on stderr.',
    'A command that changes a deployment has it named. Where none is named, it asks on a terminal, and ends with exit code 2 elsewhere. A command that reads goes ' +
      'to the stage `prod`, but asks in the same way while `npm start` is running here.',
    'Exit codes: 0 when it is done, 1 when it failed or something is wrong, 2 when the command line was not understood, and 141, with no message, when nobody reads its output any more, as with `| head -1`.',
    ...headings.flatMap((heading) => [
      `## ${heading.replace(/:$/, '')}`,
      ...root.commands.filter((each) => each.helpGroup() === heading).flatMap((each) => section(each, '')),
    ]),
    '## Scripts of npm',
    [
      '| Script | What it does |',
      '| --- | --- |',
      ...scripts.map(([name, does]) => `| \`${name}\` | ${does} |`),
    ].join('\n'),
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
  const options = command.options.filter(({ hidden, long }) => !hidden && !ofMost.includes(long ?? ''))
  return [
    `${before === '' ? '###' : '####'} ${path}`,
    ended(command.description()),
    `\`\`\`sh\n${program} ${usage}\n\`\`\``,
    ...(options.length === 0
      ? []
      : [['| Option | Meaning |', '| --- | --- |', ...options.map(optionRow)].join('\n')]),
    `Examples:\n\n\`\`\`sh\n${examplesOf(command)
      .map((each) => `${program} ${each}`)
      .join('\n')}\n\`\`\``,
  ]
}

function argumentText(argument: Command['registeredArguments'][number]): string {
  const text = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${text}>` : `[${text}]`
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
