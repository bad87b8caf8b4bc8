import { globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The project's pages, from its root. Those beside the user's files are the user's. */
export const pages: readonly string[] = globSync(
  ['*.md', '.github/**/*.md', '{docs,infra,shared,test}/**/*.md'],
  {
    cwd: root,
    exclude: ['**/node_modules', 'test/handlers'],
  },
).sort()

/** A block of code of a page. */
export interface CodeBlock {
  page: string
  /** The page's line that the code begins on, counted from 1. */
  line: number
  language: string
  /** The heading that it stands under. */
  section: string
  /** The file of a project that it is the whole of, which the text before it names; undefined for a fragment. */
  file: string | undefined
  code: string
}

/** The blocks of code of a page, in order. */
export function codeBlocks(page: string): CodeBlock[] {
  const lines = readFileSync(join(root, page), 'utf8').split('\n')
  const blocks: CodeBlock[] = []
  let [section, before] = ['', '']
  let open: CodeBlock | undefined
  for (const [index, line] of lines.entries()) {
    const [, language] = /^ *```(\w*)/.exec(line) ?? []
    if (language !== undefined) {
      const [, file] = /^`([\w./-]+)`[:,]/.exec(before) ?? []
      if (open) blocks.push(open)
      open = open ? undefined : { page, line: index + 2, language, section, file, code: '' }
    } else if (open) open.code += `${line}\n`
    else section = /^#+ (.*)/.exec(line)?.[1] ?? section
    if (line.trim() !== '') before = line
  }
  return blocks
}

/** Blocks under a heading. Throws if there are none. */
export function blocksOf(page: string, section: string, language: string): CodeBlock[] {
  const found = codeBlocks(page).filter((block) => block.section === section && block.language === language)
  if (found.length === 0) throw new Error(`${page} has no ${language} under '${section}'.`)
  return found
}

/** Makes a folder in the project, whose packages and names its files find, for as long as the test runs. */
export async function folderFor({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): Promise<string> {
  await mkdir(join(root, '.local'), { recursive: true })
  const folder = await mkdtemp(join(root, '.local/docs-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

/** Writes files, path → text, into a folder. */
export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
}
