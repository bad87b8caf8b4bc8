import { findPackageJSON } from 'node:module'
import { basename, dirname, isAbsolute, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { commandLine } from '../../shared/runtime/command-line.ts'
import { defaultHandlersEntry, projectRoot } from '../settings/project-files.ts'

/** The `package.json` that the packages of a handlers file belong to, if there is one. */
export function handlersManifest(handlersEntry: string): string | undefined {
  const found = findPackageJSON(pathToFileURL(handlersEntry).href) ?? ''
  // Where there is none, Node 24 gives back the file itself.
  return basename(found) === 'package.json' ? found : undefined
}

/** How to install packages of a handlers file, from the project's root. */
export function installCommand(handlersEntry: string, names: readonly string[]): string {
  const folder = dirname(handlersManifest(handlersEntry) ?? defaultHandlersEntry)
  const fromRoot = relative(projectRoot, folder)
  const prefix = fromRoot.startsWith('..') || isAbsolute(fromRoot) ? folder : fromRoot.replaceAll('\\', '/')
  return commandLine('npm install', { command: [...(prefix ? ['--prefix', prefix] : []), ...names] })
}
