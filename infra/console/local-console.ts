import { deploymentOf } from '../cli/deployment.ts'
import type { LineRecord } from '../local/line-record.ts'
import type { Local } from '../local/local.ts'
import { awsOf } from '../local/running-file.ts'
import type { ConsoleOptions } from './console-deps.ts'
import { type ConsoleListener, consoleListener } from './console-listener.ts'

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
