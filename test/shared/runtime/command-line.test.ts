import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { lineForTerminal } from '../../../infra/terminal/terminal-text.ts'
import { commandLine, placeholder, shellWord } from '../../../shared/runtime/command-line.ts'

const shells = ['sh', 'bash', 'zsh', 'ksh'].filter((name) => existsSync(`/bin/${name}`))
const folder = mkdtempSync(join(tmpdir(), 'pasted-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The arguments that a program is run with, when this is pasted. */
function pasted(shell: string, command: string): string[] {
  const script = `show() { for arg; do printf '%s\\0' "$arg"; done; }\n${command}\n`
  const { stdout, stderr } = spawnSync(shell, ['-c', script], { cwd: folder, encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout.split('\0').slice(0, -1)
}

const nasty = [
  ...[
    '<',
    '>',
    '>>',
    '>victim.txt',
    '|',
    '&',
    ';',
    '$(touch victim)',
    '`touch victim`',
    '$' + '{HOME}',
    '$HOME',
    '!!',
    '!$',
  ],
  ...[
    "'",
    '"',
    '\\',
    '\\\\',
    "'\\''",
    '"\'"',
    '\n',
    '\r',
    '\t',
    '\u001b[2J',
    '\u0007',
    '\u0085',
    '\u2028',
    '\u202e',
  ],
  ...[
    '\u2019',
    '\u201c',
    '\u00a0',
    '  ',
    ' ',
    '~',
    '~root',
    '=',
    '=ls',
    '*',
    '?',
    '[a]',
    '{a,b}',
    '#',
    '(',
    ')',
    '^',
    '%',
    '%PATH%',
  ],
  ...[
    '-',
    '--',
    '--stage=prod',
    '-rf',
    'é',
    '😀',
    '\ufeff',
    '\u200d',
    '\u3164',
    '\u034f',
    '\ufe0f',
    ':',
    ',',
    '@',
    '+',
    'firm',
  ],
  `Z${'\u0337'.repeat(12)}`,
]
/** What a command line can carry at all. */
const typeable = fc
  .array(
    fc.oneof(
      fc.constantFrom(...nasty),
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.string({ maxLength: 4 }),
    ),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''))
  .filter((text) => text.isWellFormed() && !/\0|\n$/.test(text))

describe.each(shells)('pasted into %s', (shell) => {
  it('a command hands on exactly the texts that it was printed for, and does nothing else', () => {
    fc.assert(
      fc.property(typeable, fc.array(typeable, { maxLength: 6 }), (account, positionals) => {
        const command = commandLine('show', {
          command: 'events show',
          options: { account, utc: true },
          positionals,
        })
        const args = pasted(shell, command)
        expect(args.slice(0, 2)).toEqual(['events', 'show'])
        const options = { account: { type: 'string' }, utc: { type: 'boolean' } } as const
        const read = parseArgs({ args: args.slice(2), options, allowPositionals: true })
        expect({ ...read.values }).toEqual({ account, utc: true })
        expect(read.positionals).toEqual(positionals)
      }),
      { numRuns: 30 },
    )
    expect(readdirSync(folder)).toEqual([])
  })

  it.each(nasty)('%j alone is one argument', (text) => {
    const expected = text.endsWith('\n') ? ['A_VALUE_THAT_CANNOT_BE_TYPED'] : [text]
    expect(pasted(shell, `show ${shellWord(text)}`)).toEqual(expected)
  })
})

/** PowerShell: all of it is text, but for the call of a `printf` that writes out a character. */
const allText =
  /^(?:"(?:[^"$`\u201c-\u201e]|\$\(printf '(?:\\[0-7]{3})+'\))*"|'[^'\u2018-\u201b]*'|[\w@%+=:,./-]+)+$/u

/** cmd: what stands outside of its quotes, of which it knows the plain double ones. */
function outsideOfCmdQuotes(word: string): string {
  return word
    .split('"')
    .filter((_, at) => at % 2 === 0)
    .join('')
}

it('a printed word runs nothing in PowerShell and cmd, and is one printable line', () => {
  fc.assert(
    fc.property(fc.oneof(typeable, fc.string({ unit: 'binary' })), (text) => {
      const word = shellWord(text)
      expect(word).toMatch(allText)
      expect(word.split('"').length % 2).toBe(1)
      expect(outsideOfCmdQuotes(word)).not.toMatch(/[<>|&^\r\n]/)
      expect(word).not.toMatch(/\n/)
      expect(lineForTerminal(word)).toBe(word)
    }),
    { numRuns: 2_000 },
  )
})

it.each([
  ['firm>victim.txt', '"firm>victim.txt"'],
  ['<firm>', '"<firm>"'],
  ['firm|contact|%E2%80%AEx', '"firm|contact|%E2%80%AEx"'],
  ["O'Brien", '"O\'Brien"'],
  ['{"title":"Written"}', '\'{"title":"Written"}\''],
  ['', '""'],
  ['1e53979d-9269-4159-b104-2e603670f59d', '1e53979d-9269-4159-b104-2e603670f59d'],
  ['failed,dead-lettered', '"failed,dead-lettered"'],
  ['a\nb', `"a$(printf '\\012\\142')"`],
])('%j is printed as %s', (text, word) => {
  expect(shellWord(text)).toBe(word)
})

it.each(['a\0b', '\ud800', 'x\udc00y', 'ends\n', '\n'])('says that %j cannot be typed', (text) => {
  expect(shellWord(text)).toBe('A_VALUE_THAT_CANNOT_BE_TYPED')
})

it('leaves placeholders as they are, which no data can be', () => {
  const words = { options: { port: placeholder('port'), account: '<port>' } }
  expect(commandLine('npm start --', words)).toBe('npm start -- --port <port> --account "<port>"')
})

it('puts options before `--`, positionals behind it, and binds a value that looks like an option to its own', () => {
  const options = { stage: 'dev', cursor: '-x', utc: true, own: false, late: undefined }
  expect(
    commandLine('npx smokeball-webhooks', {
      command: 'events resource',
      options,
      positionals: ['--stage=prod'],
    }),
  ).toBe('npx smokeball-webhooks events resource --stage dev --cursor=-x --utc -- --stage=prod')
})
