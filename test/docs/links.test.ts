import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { usersFiles } from '../../infra/settings/project-files.ts'
import project from '../../package.json' with { type: 'json' }
import { pages, root } from './code-blocks.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const textOf = (page: string) => read(page).replaceAll(/^ *```.*?^ *```$/gms, '')

/** Anchors as GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  const headings = [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

const links = pages.flatMap((page) =>
  [...textOf(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(([, path = '', anchor]) => ({
    page,
    target: path === '' ? page : join(dirname(page), path),
    anchor,
  })),
)

it('each link of a page leads to a file of the project, and to a heading of it', () => {
  expect(links.length).toBeGreaterThan(120)
  const wrong = links.filter(({ target, anchor }) => {
    if (!existsSync(join(root, target))) return true
    return anchor !== undefined && !anchorsOf(target).includes(anchor)
  })
  expect(wrong).toEqual([])
})

it('each page of docs is linked from another page', () => {
  const linked = new Set(links.filter(({ page, target }) => page !== target).map(({ target }) => target))
  const docs = pages.filter((page) => page.startsWith('docs'))
  expect(docs.length).toBeGreaterThan(30)
  expect(docs.filter((page) => !linked.has(page))).toEqual([])
})

it('each page that a message or a comment of the code names is there, with the section that it names', () => {
  const sources = globSync('{functions,infra,shared,test,.ci}/**/*.{ts,tsx,mjs}', {
    cwd: root,
    exclude: ['**/node_modules'],
  })
  const named = sources.flatMap((file) =>
    [...read(file).matchAll(/\b(docs\/[\w/-]+\.md|[A-Z]{6,}\.md|README(?=, "))(?:, "([^"]+)")?/g)].map(
      ([, page = '', section]) => ({ file, page: page === 'README' ? 'README.md' : page, section }),
    ),
  )
  expect(named.length).toBeGreaterThan(5)
  const wrong = named.filter(({ page, section }) => {
    if (!existsSync(join(root, page))) return true
    return section !== undefined && !textOf(page).includes(`# ${section}\n`)
  })
  expect(wrong).toEqual([])
})

it('each file and folder of the project that a page names is there', () => {
  const pagesOfToday = pages.filter((page) => page !== 'CHANGELOG.md')
  const named = pagesOfToday.flatMap((page) =>
    [...textOf(page).matchAll(/`((?:functions|shared|infra|test|docs|\.github|\.ci)\/[\w./-]+)`/g)].map(
      ([, file = '']) => ({ page, file }),
    ),
  )
  const madeLater = read('.gitignore').split('\n').filter(Boolean)
  const apart = [...usersFiles, ...madeLater]
  const ours = named.filter(({ file }) => !apart.some((name) => `${file}/`.startsWith(name)))
  expect(ours.length).toBeGreaterThan(25)
  expect(ours.filter(({ file }) => !existsSync(join(root, file)))).toEqual([])
})

it('the floor plan has each room of infra', () => {
  const rooms = readdirSync(join(root, 'infra'), { withFileTypes: true }).filter((one) => one.isDirectory())
  const plan = [...textOf('infra/README.md').matchAll(/^\| `([\w-]+)` \|/gm)].map(([, room]) => room)
  expect(plan.sort()).toEqual(rooms.map(({ name }) => name).sort())
})

it('the README is short', () => {
  expect(statSync(join(root, 'README.md')).size).toBeLessThanOrEqual(9 * 1024)
})

it('the changelog names the version of the project', () => {
  expect(read('CHANGELOG.md')).toMatch(
    new RegExp(`^## ${RegExp.escape(project.version)} - \\d{4}-\\d\\d-\\d\\d$`, 'm'),
  )
})
