import { execFileSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The Nodes of this machine, by its PATH, apart from the one that this runs on and those that npm installed. */
export function nodesOfMachine(): string[] {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => !directory.includes('node_modules'))
    .map((directory) => join(directory, process.platform === 'win32' ? 'node.exe' : 'node'))
    .filter((file) => existsSync(file) && realpathSync(file) !== realpathSync(process.execPath))
}

/** The first of them that strips no types by itself. */
export function olderNode(): string | undefined {
  return nodesOfMachine().find(
    (file) =>
      Number.parseInt(execFileSync(file, ['-p', 'process.versions.node'], { encoding: 'utf8' }), 10) < 24,
  )
}
