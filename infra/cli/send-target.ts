import { readRunning } from '../local/running-file.ts'
import { UsageError } from '../usage-error.ts'
import type { Target } from './deliver.ts'
import type { SendOptions } from './send-options.ts'

/**
 * Where to send: what the flags say, and for the rest the running `npm start`, whose key is never used for another URL.
 * Throws `UsageError` when something stays unknown.
 */
export function sendTarget({ url, clientId, key }: Pick<SendOptions, 'url' | 'clientId' | 'key'>): Target {
  const running = readRunning()
  const fallback = running && (url === undefined || url === running.url) ? running : undefined
  const target = {
    url: checkedUrl(url ?? fallback?.url),
    clientId: clientId ?? fallback?.clientId,
    signingKey: key ?? fallback?.signingKey,
  }
  if (target.url === undefined) {
    throw new UsageError(
      'No local run was found. Start one with: npm start. Or say where to: --url, --client-id and --key.',
    )
  }
  if (target.clientId === undefined || target.signingKey === undefined) {
    throw new UsageError(
      `Give --client-id and --key with --url ${target.url}: they are those of its subscription.`,
    )
  }
  return target as Target
}

/**
 * The key that marks RequestIds as ours, where deliveries go to the running `npm start`. Throws `UsageError` for any other
 * place: its key stays there.
 */
export function ownRequestIdKey({ url }: Target): string {
  const running = readRunning()
  if (running?.url === url) return running.requestIdKey
  throw new UsageError('--own goes to the running npm start alone: its key is not known elsewhere.')
}

function checkedUrl(url: string | undefined): string | undefined {
  if (url === undefined || (URL.canParse(url) && /^https?:/.test(url))) return url
  throw new UsageError(`--url ${url} is no URL: it looks like http://127.0.0.1:3000/smokeball.`)
}
