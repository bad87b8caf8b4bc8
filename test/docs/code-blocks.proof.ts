import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { type CodeBlock, codeBlocks, folderFor, pages, root, writeFiles } from './code-blocks.ts'

/** What a fragment takes for granted. It comes after it, so that lines are those of the page. */
const surroundings = `
import { CfnOutput, type Stack } from 'aws-cdk-lib'
import type { IRole } from 'aws-cdk-lib/aws-iam'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { is, on } from '#webhooks'
import { readSettings, type Settings } from 'PROJECT/infra/settings.ts'
import { SmokeballWebhooks } from 'PROJECT/infra/smokeball-webhooks.ts'

declare const crm: { save(id: string, state: object): Promise<void> }
declare const [stack, topic, dashboardRole]: [Stack, ITopic, IRole]
declare const unwritten: () => void
`.replaceAll('PROJECT', root.replace(/\/$/, ''))

/** A block that imports what it needs stands alone; else it is a fragment. */
const isFragment = ({ code }: CodeBlock) => !/^import /m.test(code)

/** Where a block lies: by its page and line, since several may be the same file of a project. */
const fileOf = ({ page, line, file = 'fragment.ts' }: CodeBlock) => `${page}/${line}/${file}`

function textOf(block: CodeBlock): string {
  const text = '\n'.repeat(block.line - 1) + block.code
  return isFragment(block) ? text.replaceAll('…', 'unwritten') + surroundings : text
}

const blocks = pages.flatMap(codeBlocks).filter(({ language }) => language === 'ts')
const wrong: CodeBlock = {
  ...{ page: 'wrong.md', line: 7, language: 'ts', section: '', file: undefined },
  code: "on('matter.updated', { name: 'wrong' }, (event) => event.payload.titel)\n",
}

/** What `tsc` says of the files in a folder, a line each. */
function typeCheck(folder: string): Promise<string[]> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  return new Promise((resolve) =>
    execFile(process.execPath, [tsc, '--pretty', 'false'], { cwd: folder }, (_, stdout, stderr) =>
      resolve(`${stdout}${stderr}`.split('\n').filter(Boolean)),
    ),
  )
}

it('TypeScript takes each block of code of the pages, and tells of a wrong one by its line', async (context) => {
  expect(blocks.length).toBeGreaterThanOrEqual(16)
  const folder = await folderFor(context)
  // What lies beside the file of a block is in another block, or in the project.
  const rootDirs = [
    ...blocks.map((block) => dirname(join(folder, fileOf(block)))),
    ...['.', 'infra', 'functions/handlers'].map((name) => join(root, name)),
  ]
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { rootDirs, noUnusedLocals: false },
    include: ['**/*', join(root, 'infra/local/engines/dynalite.d.ts')],
    exclude: [],
  }
  const written = [...blocks, wrong].map((block) => [fileOf(block), textOf(block)])
  await writeFiles(folder, { 'tsconfig.json': JSON.stringify(config), ...Object.fromEntries(written) })
  expect(await typeCheck(folder)).toEqual([
    expect.stringMatching(
      /^wrong\.md\/7\/fragment\.ts\(7,66\): error TS2551: Property 'titel' does not exist/,
    ),
  ])
})
