import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const binaries = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url))

/**
 * An environment without this machine's AWS accounts, proxies, npm and Node options; and with the project's Node first
 * in PATH, since MiniStack runs every Lambda with the `node` that it finds there. `home`: an empty folder.
 */
export function isolatedEnvironment(home: string): Record<string, string> {
  const nowhere = join(home, 'none')
  return {
    PATH: [binaries, process.env.PATH].join(delimiter),
    HOME: home,
    TMPDIR: home,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    AWS_CONFIG_FILE: nowhere,
    AWS_SHARED_CREDENTIALS_FILE: nowhere,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}
