import { resolve } from 'node:path'
import { terminal } from './terminal.ts'

/** A path from the command line, as seen from where the user is: npm runs scripts in the project's root. */
export function givenPath(path: string): string {
  return resolve(terminal().cwd, terminal().env.INIT_CWD ?? '', path)
}
