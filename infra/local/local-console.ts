import type { ConsoleOptions } from '../console/server/console-deps.ts'
import { type ConsoleListener, consoleListener } from '../console/server/console-listener.ts'
import { deploymentOf } from '../operate/deployment.ts'
import { awsOf } from '../operate/running-file.ts'
import type { LineRecord } from './line-record.ts'
import type { Local } from './local.ts'

/** The console of the run that this process is. */
export function localConsole(of: {
  local: Local
  record: LineRecord
  token: string
  pageFolder: string | undefined
  looksMs?: ConsoleOptions['looksMs']
}): ConsoleListener {
  const { local, record, token, pageFolder, looksMs } = of
  const { url, clientId, signingKey, outputs } = local
  const deployment = deploymentOf({ outputs, aws: awsOf(local) })
  const { listener, stop } = consoleListener({
    ...{ deployment, token, pageFolder, looksMs },
    // They are others after a reload.
    handlers: async () => local.handlers,
    local: { target: { url, clientId, signingKey }, record },
  })
  return {
    listener,
    stop() {
      stop()
      deployment.destroy()
    },
  }
}
