import { resolve } from 'node:path'

/** A path from the command line, as seen from where the user is: npm runs scripts in the project's root. */
export function givenPath(path: string): string {
  return resolve(process.env.INIT_CWD ?? '', path)
}
