// @ts-check
/**
 * Runs a script on Node 24.6 or newer: `node infra/cli/on-node24.mjs SCRIPT …`. That is the Node which npm itself runs on, if
 * it is new enough, and else the one of a platform package (`optionalDependencies` in `package.json`).
 *
 * Not in TypeScript, since any Node from 20 on is to run it: `node_modules/.bin` has a new one only where npm installed it.
 */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isNewEnough, isSilent, nodeOfNpm, nodeOfPackages } from './find-node.mjs'

const [, , script = '', ...args] = process.argv
const node = nodeToUse()
if (node === undefined) giveUp('there is no other here')
else if (node === process.execPath) await runHere()
else runOn(node)

/** The path of a Node; undefined if none is new enough. One that warns at each start serves where there is no other. */
function nodeToUse() {
  const { execPath, versions } = process
  const ofPackages = nodeOfPackages()
  if (!isSilent(versions.node)) return ofPackages ?? (isNewEnough(versions.node) ? execPath : undefined)
  return execPath === ofPackages ? (nodeOfNpm() ?? execPath) : execPath
}

async function runHere() {
  process.argv = [process.execPath, resolve(script), ...args]
  await import(pathToFileURL(resolve(script)).href)
}

/** @param {string} node */
function runOn(node) {
  const child = spawn(node, [script, ...args], { stdio: 'inherit' })
  child.on('error', (error) => giveUp(`${node} cannot be started (${error.message})`))
  // A terminal sends its interrupts to the child as well: a second one would end it before it has tidied up.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

/** @param {string} why */
function giveUp(why) {
  console.error(
    `This needs Node 24.6 or newer: this is Node ${process.versions.node}, and ${why}. Install Node 24 from ` +
      'https://nodejs.org, or run `npm ci` again without --omit=optional: it brings one for Linux (glibc), macOS and Windows ' +
      'on x64 and arm64.',
  )
  process.exit(1)
}
