import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { generatedPages, pages } from '../infra/cli/docs/generated-pages.ts'
import { usersFiles } from '../infra/settings/project-files.ts'
import { generatedFiles } from '../infra/smokeball/generate-payloads.ts'
import project from '../package.json' with { type: 'json' }
import typescript from '../tsconfig.json' with { type: 'json' }
import vitest from '../vitest.config.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What each folder may import of this project, the user's files aside. */
const allowed: Record<string, readonly string[]> = {
  shared: ['shared'],
  functions: ['functions', 'shared'],
  infra: ['infra', 'shared', 'functions'],
}

/** The one file of the product that imports from the tests: what `costs` tells is measured by the bench. */
const told = join('infra', 'cli', 'commands', 'costs.ts')
const measured = ['costs.ts', 'costs-options.ts'].map((file) => join('test', 'bench', file))

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(folder, file))
    .filter((file) => !usersFiles.some((mine) => file.startsWith(join(mine))))
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/(?:\bfrom|\bimport\(?|\bimport)\s*\(?['"]([^'"]+)['"]/g)].map(
    ([, path]) => path ?? '',
  )
}

/** The files of this project that a file imports, from the root. */
function ownImports(file: string): string[] {
  return importsOf(file)
    .filter((path) => path.startsWith('.'))
    .map((path) => relative(root, join(root, dirname(file), path)))
}

const partsOf = (file: string) => file.split(sep)

it.each(Object.keys(allowed))('%s imports only what it may', (folder) => {
  const sources = sourcesIn(folder)
  expect(sources.length).toBeGreaterThan(3)
  const wrong = sources.flatMap((file) =>
    ownImports(file)
      .filter((target) => !allowed[folder]?.includes(partsOf(target)[0] ?? ''))
      .filter((target) => !(file === told && measured.includes(target)))
      .map((target) => `${file} imports ${target}`),
  )
  expect(wrong).toEqual([])
})

it('the command costs says by its imports that the bench measures for it', () => {
  expect(
    ownImports(told)
      .filter((target) => target.startsWith('test'))
      .sort(),
  ).toEqual(measured.toSorted())
})

it('no files import each other in a circle, types included', () => {
  const sources = Object.keys(allowed).flatMap(sourcesIn)
  const imports = new Map(sources.map((file) => [file, ownImports(file)]))
  const done = new Set<string>()
  const circles: string[] = []
  const follow = (file: string, path: readonly string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file)) return
    done.add(file)
    for (const target of imports.get(file) ?? []) follow(target, [...path, file])
  }
  for (const file of sources) follow(file, [])
  expect(circles).toEqual([])
})

/** The rooms of `infra`, and what each may import besides `shared`: the table of infra/README.md is the floor plan. */
const roomsOfInfra = Object.fromEntries(
  readFileSync(join(root, 'infra/README.md'), 'utf8')
    .split('\n## ')[0]
    ?.matchAll(/^\| `([\w-]+)` \| .* \| ([^|]+) \|$/gm)
    .map(([, room = '', imported = '']): [string, string[]] => [
      room,
      [...imported.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name),
    ]) ?? [],
)
/** They stand at the root of `infra`: users' files import them, or they are a user's file. */
const doors = ['README.md', 'handlers.ts', 'settings.ts', 'smokeball-webhooks.ts']

it('infra has its rooms and doors, and nothing else', () => {
  const found = readdirSync(join(root, 'infra'))
  expect(found.sort()).toEqual([...doors, ...Object.keys(roomsOfInfra)].sort())
})

/** The room of a file of `infra`; for all else, its folder at the root. */
function placeOf(file: string): string {
  const [folder = '', room = ''] = partsOf(file)
  return folder === 'infra' ? room : folder
}

it.each(Object.keys(roomsOfInfra))('the room %s of infra imports only rooms below it', (room) => {
  const mayImport = [room, 'shared', ...(roomsOfInfra[room] ?? [])]
  const sources = sourcesIn(join('infra', room))
  expect(sources.length).toBeGreaterThan(0)
  const wrong = sources.flatMap((file) =>
    ownImports(file)
      .filter((target) => file !== told || !measured.includes(target))
      .filter((target) => !mayImport.includes(placeOf(target)))
      .map((target) => `${file} imports ${target}`),
  )
  expect(wrong).toEqual([])
})

/** Each room of `shared` imports itself and those before it. */
const roomsOfShared = [
  'event',
  'runtime',
  'signing',
  'ledger',
  'queue',
  'smokeball-api',
  'catch-up',
  'handling',
  'subscriptions',
]

it('the rooms of shared are in one order, and each imports only those below it', () => {
  const rooms = readdirSync(join(root, 'shared'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
  expect(rooms.sort()).toEqual(roomsOfShared.toSorted())
  const place = (file: string) => roomsOfShared.indexOf(file.split(sep)[1] ?? '')
  const wrong = sourcesIn('shared')
    .filter((file) => file !== join('shared', 'webhooks.ts'))
    .flatMap((file) =>
      ownImports(file)
        .filter((target) => place(target) < 0 || place(target) > place(file))
        .map((target) => `${file} imports ${target}`),
    )
  expect(wrong).toEqual([])
})

it('nothing of ours imports the public door', () => {
  const sources = Object.keys(allowed).flatMap(sourcesIn)
  const opens = (file: string) =>
    importsOf(file).includes('#webhooks') || ownImports(file).includes(join('shared', 'webhooks.ts'))
  expect(sources.filter(opens)).toEqual([])
})

it('one function does not import another, nor the handlers but by their name', () => {
  const wrong = sourcesIn('functions').flatMap((file) =>
    ownImports(file)
      .filter((target) => target.startsWith('functions') && dirname(target) !== dirname(file))
      .map((target) => `${file} imports ${target}`),
  )
  expect(wrong).toEqual([])
})

it('shared and functions read the clock, randomness and the environment only where they are wired', () => {
  const wired = /\/(?:handler|create-consumer|second-place)\.ts$|shared\/runtime\/clock\.ts$/
  const wrong = [...sourcesIn('shared'), ...sourcesIn('functions')]
    .filter((file) => !wired.test(file))
    .filter((file) =>
      /process\.env|Date\.now\(|new Date\(\)|Math\.random|randomUUID|randomBytes|new \w+Client\(/.test(
        readFileSync(join(root, file), 'utf8'),
      ),
    )
  expect(wrong).toEqual([])
})

it("TypeScript knows the project's own names as Node does, also in the handlers' package, where Node does not", () => {
  const paths = Object.entries(typescript.compilerOptions.paths).map(([name, [file]]) => [name, file])
  expect(Object.fromEntries(paths)).toEqual(project.imports)
})

it('JSON is parsed and written in one place', () => {
  const wrong = [...sourcesIn('shared'), ...sourcesIn('functions')]
    .filter((file) => !file.endsWith('lossless-json.ts'))
    .filter((file) => /JSON\.(parse|stringify)\(/.test(readFileSync(join(root, file), 'utf8')))
  expect(wrong).toEqual([])
})

it.each([...generatedFiles, ...generatedPages])('$url is up to date', ({ url, contents }) => {
  const written = existsSync(url) ? readFileSync(url, 'utf8') : undefined
  expect(written, 'it is stale: run `npm run generate`, and commit what it writes').toBe(contents())
})

it('a generated page names the files that it is made from', () => {
  const named = pages.flatMap(({ from }) => from)
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([])
})

interface TestProject {
  name: string
  isolate?: boolean
  include: string[]
  exclude?: string[]
}
const testProjects = (vitest.test?.projects ?? []).map((one) => (one as { test: TestProject }).test)
const filesOf = ({ include, exclude }: TestProject) => globSync(include, { cwd: root, exclude })

it('each test file belongs to one project of vitest, and each proof to that of proofs', () => {
  const apart = ['**/node_modules', 'test/deploy', 'test/browser']
  const all = globSync('{functions,infra,shared,test}/**/*.{test,proof}.ts', { cwd: root, exclude: apart })
  expect(testProjects.flatMap(filesOf).sort()).toEqual(all.sort())
  const proofs = testProjects.filter(({ name }) => name === 'proof').flatMap(filesOf)
  expect(proofs.sort()).toEqual(all.filter((file) => file.endsWith('.proof.ts')))
})

it('`npm test` and `npm run test:proof` run each project', () => {
  const { test, 'test:proof': proof } = project.scripts
  const run = [...`${test} ${proof}`.matchAll(/--project (\w+)/g)].map(([, name]) => name)
  expect(run.sort()).toEqual(testProjects.map(({ name }) => name).sort())
})

it('a file that shares its modules with other tests mocks none', () => {
  const files = testProjects.filter(({ isolate }) => isolate === false).flatMap(filesOf)
  expect(files.length).toBeGreaterThan(50)
  const wrong = files.filter((file) => /vi\.mock\(/.test(readFileSync(join(root, file), 'utf8')))
  expect(wrong).toEqual([])
})

it('a command with data in it is printed by the one function that quotes', () => {
  const sources = [...sourcesIn('shared'), ...sourcesIn('functions'), ...sourcesIn('infra')]
  // Up to where a sentence goes on.
  const byHand =
    /(?:npm (?:run [\w:]+ --|start --|install)|aws [a-z-]+ [a-z-]+|next\()[^`'"\n,·\\]*\$\{|next\(`/
  const wrong = sources.filter((file) => byHand.test(readFileSync(join(root, file), 'utf8')))
  expect(wrong).toEqual([])
})

it('all that reaches a terminal goes through infra/terminal/terminal.ts', () => {
  // A process of its own answers its parent on stdout; prompts are @clack's.
  const others = [
    'infra/terminal/terminal.ts',
    'infra/bundle/deployable-process.ts',
    'infra/cli/terminal/ask.ts',
  ]
  const writes = /\.std(?:out|err)\.write\(|console\.(?:log|info|warn|error|debug)\(|styleText\(|from '@clack/
  // What `costs` tells is written with the tests, and goes the same way.
  const tellers = [...sourcesIn('infra'), ...measured]
  const wrong = tellers.filter((file) => writes.test(readFileSync(join(root, file), 'utf8')))
  expect(wrong.sort()).toEqual(others.toSorted())
})
