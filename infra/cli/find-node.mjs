// @ts-check
/** Which Nodes there are to run this project on. Not in TypeScript: see `on-node24.mjs`. */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Whether it is what Lambda runs, or newer. Earlier ones strip types only behind a flag.
 * @param {string} version
 */
export function isNewEnough(version) {
  return Number.parseInt(version, 10) >= 24
}

/** The system's: npm itself runs on it. Undefined if that is too old, or npm is not at work. */
export function nodeOfNpm({ npm_node_execpath: path, npm_config_user_agent: agent = '' } = process.env) {
  const [, version = ''] = / node\/v([\d.]+)/.exec(agent) ?? []
  return path !== undefined && isNewEnough(version) ? path : undefined
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
