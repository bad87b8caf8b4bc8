import { delimiter, dirname, join } from 'node:path'

/**
 * An environment without this machine's AWS accounts, proxies, npm and Node options; and with this Node first in
 * PATH, since MiniStack runs every Lambda with the `node` that it finds there. `home`: an empty folder.
 */
export function isolatedEnvironment(home: string): Record<string, string> {
  const nowhere = join(home, 'none')
  return {
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: home,
    TMPDIR: home,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    AWS_CONFIG_FILE: nowhere,
    AWS_SHARED_CREDENTIALS_FILE: nowhere,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}
