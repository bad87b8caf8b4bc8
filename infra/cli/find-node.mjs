// @ts-check
/** Which Nodes there are to run this project on. Not in TypeScript: see `on-node24.mjs`. */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Whether it is what Lambda runs, or newer. Node before 24 strips types only behind a flag, and before 24.6 its zstd does not
 * heed the dictionary by which bodies are stored: https://github.com/nodejs/node/pull/59240
 * @param {string} version
 */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 24 || (major === 24 && minor >= 6)
}

/**
 * Whether it runs this project without a warning at each start: Node before 24.3 warns that it strips types, and before
 * 24.15, or 25.7, that it has SQLite, which the SQS of `npm start` loads.
 * @param {string} version
 */
export function isSilent(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 25 || (major === 25 && minor >= 7) || (major === 24 && minor >= 15)
}

/** The system's: npm itself runs on it. Undefined if that is too old, or would warn, or npm is not at work. */
export function nodeOfNpm({ npm_node_execpath: path, npm_config_user_agent: agent = '' } = process.env) {
  const [, version = ''] = / node\/v([\d.]+)/.exec(agent) ?? []
  return path !== undefined && isSilent(version) ? path : undefined
}

/** That of the package for this platform; undefined if there is none, or npm did not install it. */
export function nodeOfPackages({ platform, arch } = process) {
  const root = new URL('../../', import.meta.url)
  const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  const [system, file] = platform === 'win32' ? ['win', 'node.exe'] : [platform, 'node']
  const isForHere = new RegExp(`^node-(bin-)?${system}-${arch}$`)
  const name = Object.keys(manifest.optionalDependencies).find((each) => isForHere.test(each))
  const path = fileURLToPath(new URL(`node_modules/${name}/bin/${file}`, root))
  return existsSync(path) ? realpathSync(path) : undefined
}
