import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import cdk from '../../../cdk.json' with { type: 'json' }
import { projectRoot } from '../../../infra/settings/project-files.ts'
import project from '../../../package.json' with { type: 'json' }
import { olderNode } from './nodes-of-machine.ts'

interface Locked {
  version: string
  integrity?: string
  optional?: boolean
  hasInstallScript?: boolean
  inBundle?: boolean
  os?: string | string[]
  cpu?: string | string[]
  bin?: Record<string, string>
}
const { packages } = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>
}
const nodes = Object.entries(project.optionalDependencies)
const platforms = ['linux', 'darwin', 'win32'].flatMap((os) => ['x64', 'arm64'].map((cpu) => ({ os, cpu })))

describe('the lock file', () => {
  it.each(platforms)('has one Node for $os on $cpu, by its hash', ({ os, cpu }) => {
    const fitting = nodes.filter(([name]) => {
      const locked = packages[`node_modules/${name}`]
      return [locked?.os].flat().includes(os) && [locked?.cpu].flat().includes(cpu)
    })
    expect(fitting).toHaveLength(1)
    const [[name, version] = ['', '']] = fitting
    expect(packages[`node_modules/${name}`]).toMatchObject({
      version,
      optional: true,
      integrity: expect.stringMatching(/^sha512-[\w+/]{86}==$/),
      bin: { node: os === 'win32' ? 'bin/node.exe' : 'bin/node' },
    })
    expect(Number.parseInt(version, 10)).toBeGreaterThanOrEqual(24)
  })

  it('has a hash of each package, and none besides the two named fetches or builds anything in an install script', () => {
    const all = Object.entries(packages).filter(([path]) => path !== '')
    const without = all.filter(([, { integrity, inBundle }]) => !integrity && !inBundle)
    expect(without.map(([path]) => path)).toEqual([])
    const scripted = all.filter(([, { hasInstallScript }]) => hasInstallScript)
    expect(scripted.map(([path]) => path)).toEqual(['node_modules/classic-level', 'node_modules/esbuild'])
  })
})

/** For `NODE_OPTIONS`: npm takes the Node that it runs on for another. */
const asNode = (version: string) =>
  `--import "data:text/javascript,Object.defineProperty(process, 'version', { value: '${version}' })"`

describe('npm ci', () => {
  /** What it would install on a Node of this version, and what it says besides. */
  async function wouldInstall(version: string): Promise<{ packages: string[]; stderr: string }> {
    const folder = await mkdtemp(join(tmpdir(), 'smokeball-ci-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    for (const file of ['package.json', 'package-lock.json'])
      await copyFile(join(projectRoot, file), join(folder, file))
    const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))
    const env = { ...Object.fromEntries(inherited), NODE_OPTIONS: asNode(version) }
    const args = ['ci', '--dry-run', '--offline', '--ignore-scripts', '--no-audit', '--no-fund']
    const child = spawn('npm', args, { cwd: folder, env, shell: process.platform === 'win32' })
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
    return { packages: stdout.split('\n').filter((line) => line.startsWith('add ')), stderr }
  }

  it('warns of nothing on Node 20', async () => {
    const { packages, stderr } = await wouldInstall('v20.20.2')
    expect(packages.length).toBeGreaterThan(100)
    expect(stderr).toBe('')
  })

  it('leaves out on Node 20 no package that it installs on Node 24', async () => {
    const [old, current] = await Promise.all([wouldInstall('v20.0.0'), wouldInstall('v24.0.0')])
    expect(old.packages).toEqual(current.packages)
  })
})

describe('the scripts of npm, and the app of the CDK', () => {
  const commands = [...Object.entries(project.scripts), ['cdk.json', cdk.app] as const]
  it.each(commands)('%s starts no source of this project but by a file that any Node runs', (_, command) => {
    for (const part of command.split(' && '))
      expect(part).toMatch(
        /^(node infra\/cli\/(on-node24\.mjs \S|smokeball-webhooks\.mjs [a-z]+$|after-install\.mjs$)|tsc |biome )/,
      )
  })

  it('none depends on being the module that Node was started with, since the launcher imports it', () => {
    const scripts = commands.flatMap(([, command]) => /on-node24\.mjs (\S+\.ts)/.exec(command)?.[1] ?? [])
    expect(scripts).toContain(join('infra', 'cli', 'generate.ts'))
    const wrong = scripts.filter((file) =>
      readFileSync(join(projectRoot, file), 'utf8').includes('import.meta.main'),
    )
    expect(wrong).toEqual([])
  })
})

/** For `--import`: the Node that runs says that it is another one. */
const asOther = (version: string) =>
  `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`

describe('the launcher', () => {
  let folder: string

  /** A project of nothing but the launcher and a script in TypeScript that tells how it was started. */
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'smokeball-node-')))
    const made = folder
    onTestFinished(() => rm(made, { recursive: true }))
    await mkdir(join(folder, 'infra/cli'), { recursive: true })
    for (const file of ['package.json', 'infra/cli/on-node24.mjs', 'infra/cli/find-node.mjs'])
      await copyFile(join(projectRoot, file), join(folder, file))
    const script = `
      import { text } from 'node:stream/consumers'
      const args: readonly string[] = process.argv.slice(2)
      if (args[0] === 'wait') {
        process.once('SIGTERM', () => process.exit(7))
        setTimeout(() => {}, 60_000)
        console.log('waiting')
      } else {
        console.log(JSON.stringify({ args, script: process.argv[1], stdin: await text(process.stdin) }))
        process.exitCode = 3
      }`
    await writeFile(join(folder, 'script.ts'), script)
  })

  async function installNode(put: (path: string) => Promise<void>): Promise<void> {
    const { platform, arch } = process
    const found = nodes.find(([name]) => {
      const { os, cpu } = packages[`node_modules/${name}`] ?? {}
      return [os].flat().includes(platform) && [cpu].flat().includes(arch)
    })
    const [name = ''] = found ?? []
    const path = join(folder, 'node_modules', name, 'bin', platform === 'win32' ? 'node.exe' : 'node')
    await mkdir(dirname(path), { recursive: true })
    await put(path)
  }
  const program = (text: string) => async (path: string) => {
    await writeFile(path, text)
    await chmod(path, 0o755)
  }

  function launch(
    args: string[],
    given: { isOlder?: boolean; version?: string; env?: Record<string, string> } = {},
  ) {
    const version = given.isOlder ? '20.20.2' : given.version
    const flags = version ? ['--import', asOther(version)] : []
    const child = spawn(process.execPath, [...flags, 'infra/cli/on-node24.mjs', 'script.ts', ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...given.env },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const told = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
    const ended = told.then(([[code, signal], stdout, stderr]) => ({ code, signal, stdout, stderr }))
    return { child, ended }
  }
  const telling = (stdin: string) =>
    JSON.stringify({ args: ['--a', 'b c'], script: join(folder, 'script.ts'), stdin })

  it('runs the program in the project from any folder, and tells it where that was', async () => {
    const file = 'infra/cli/smokeball-webhooks.mjs'
    await copyFile(join(projectRoot, file), join(folder, file))
    const main =
      'const args: string[] = process.argv.slice(2)\nconsole.log(args, process.cwd(), process.env.INIT_CWD)'
    await writeFile(join(folder, 'infra/cli/main.ts'), main)
    for (const [cwd, env, from] of [
      [join(folder, 'infra'), { INIT_CWD: '/stale' }, join(folder, 'infra')],
      [folder, { INIT_CWD: join(folder, 'infra') }, join(folder, 'infra')],
    ] as const) {
      const args = [join(folder, file), 'events', '--local']
      const child = spawn(process.execPath, args, { cwd, env: { PATH: process.env.PATH, ...env } })
      expect(await text(child.stdout)).toBe(`[ 'events', '--local' ] ${folder} ${from}\n`)
    }
  })

  it('runs the script where it is, on a Node that is new enough', async () => {
    const { child, ended } = launch(['--a', 'b c'])
    child.stdin.end('typed')
    expect(await ended).toEqual({ code: 3, signal: null, stdout: `${telling('typed')}\n`, stderr: '' })
  })

  it('runs it on the Node of the package for this platform on an older one: streams, arguments and exit code are kept', async () => {
    await installNode((path) => symlink(process.execPath, path))
    const { child, ended } = launch(['--a', 'b c'], { isOlder: true })
    child.stdin.end('typed')
    expect(await ended).toEqual({ code: 3, signal: null, stdout: `${telling('typed')}\n`, stderr: '' })
  })

  it.each([
    ['SIGTERM', { code: 7, signal: null }],
    ['SIGINT', { code: null, signal: 'SIGINT' }],
  ] as const)('passes on %s, and ends as the script does', async (signal, ending) => {
    await installNode((path) => symlink(process.execPath, path))
    const { child, ended } = launch(['wait'], { isOlder: true })
    await once(child.stdout, 'readable')
    child.kill(signal)
    expect(await ended).toMatchObject({ ...ending, stdout: 'waiting\n' })
  })

  const ofNpm = (path: string, version: string) => ({
    npm_node_execpath: path,
    npm_config_user_agent: `npm/11.0.0 node/v${version} linux x64 workspaces/false`,
  })

  it.each(['24.14.1', '25.6.0'])(
    'prefers the one of the package to %s, which warns at each start',
    async (version) => {
      await installNode(program('#!/bin/sh\necho the package "$@"\n'))
      const { ended } = launch(['now'], { version })
      expect(await ended).toMatchObject({ code: 0, stdout: 'the package script.ts now\n' })
    },
  )

  it.each(['24.6.0', '25.0.0', '24.15.0', '26.10.0'])(
    'runs on %s where there is no other',
    async (version) => {
      const { child, ended } = launch(['--a', 'b c'], { version })
      child.stdin.end()
      expect(await ended).toMatchObject({ code: 3, stdout: `${telling('')}\n` })
    },
  )

  it('does not run on 24.5.0, whose zstd heeds no dictionary', async () => {
    const { code, stderr } = await launch([], { version: '24.5.0' }).ended
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^This needs Node 24\.6 or newer: this is Node 24\.5\.0/),
    ])
  })

  it.each(['24.15.0', '25.7.0', '26.10.0'])(
    'leaves the one of the package for that of npm, where this is %s',
    async (version) => {
      await installNode((path) => symlink(process.execPath, path))
      const system = join(folder, 'system-node')
      await program('#!/bin/sh\necho the system "$@"\n')(system)
      const { ended } = launch(['now'], { env: ofNpm(system, version) })
      expect(await ended).toMatchObject({ code: 0, stdout: 'the system script.ts now\n' })
    },
  )

  it.each([
    ['an older Node', ofNpm('/none/node', '22.20.0')],
    ['one that warns at each start', ofNpm('/none/node', '24.14.1')],
    ['one of which nothing is told', { npm_node_execpath: '/none/node' }],
  ])('stays with the one of the package where npm runs on %s', async (_, env) => {
    await installNode((path) => symlink(process.execPath, path))
    const { child, ended } = launch(['--a', 'b c'], { env })
    child.stdin.end()
    expect(await ended).toMatchObject({ code: 3, stdout: `${telling('')}\n` })
  })

  it.each([
    ['was not installed', async () => {}, /this is Node 20\.20\.2, and there is no other here\./],
    ['does not start', program('#!/none/loader'), /Node 20\.20\.2, and .*bin\/node.* cannot be started \(/],
  ])('says what to do where the one of the package %s, and loads no source', async (_, put, why) => {
    await installNode(put)
    const { code, stdout, stderr } = await launch([], { isOlder: true }).ended
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(why)
    expect(stderr).toMatch(
      /Install Node 24 from https:\/\/nodejs\.org, or run `npm ci` again without --omit=optional/,
    )
    expect(stderr.trimEnd()).not.toContain('\n')
  })

  const older = olderNode()
  it.skipIf(older === undefined)('does so on a Node that is older indeed', async () => {
    await installNode((path) => symlink(process.execPath, path))
    const child = spawn(older ?? '', ['infra/cli/on-node24.mjs', 'script.ts'], { cwd: folder })
    child.stdin.end()
    const [[code], stdout] = await Promise.all([once(child, 'close'), text(child.stdout)])
    expect({ code, stdout }).toMatchObject({ code: 3, stdout: expect.stringContaining('"args":[]') })
  })
})
