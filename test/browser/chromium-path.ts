import { existsSync } from 'node:fs'

const ofDebian = '/usr/bin/chromium'

/** The Chromium that tests drive. Throws when there is none, with how to get one. */
export function chromiumPath(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const path = env.CHROMIUM_PATH ?? ofDebian
  if (existsSync(path)) return path
  throw new Error(
    `There is no Chromium at ${path}. Install it (apt-get install chromium), or set CHROMIUM_PATH to one.`,
  )
}
