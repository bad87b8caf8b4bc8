import { timeLimitOf } from '../../../shared/runtime/time-limit.ts'
import type { Account } from '../../../shared/smokeball-api/account.ts'
import { type KeepDeps, urlFor } from '../../../shared/subscriptions/keep-subscription.ts'
import { type Deployment, keepDepsOf } from '../deployment.ts'
import { accountOf } from '../stack-outputs.ts'
import { checkAccount } from './check-account.ts'
import { checkHandling, checkSecrets } from './check-deployment.ts'
import { checkKey } from './check-key.ts'
import { checkAlarms, checkConcurrency } from './check-stack.ts'
import { checkUrl } from './check-url.ts'
import { type CheckDeps, type Finding, wrong } from './finding.ts'

export interface DiagnosisOptions {
  /** @default all that are connected */
  accountId?: string | undefined
  /** How long a `noop` may be under way. @default 60 s */
  timeoutMs?: number | undefined
  /** It is told each finding as it comes. */
  tell?(finding: Finding): void
  next: CheckDeps['next']
}

const usualTimeoutMs = 60_000
/** The time for all calls of the API together, beside the wait for a `noop`. */
const callsMs = 120_000

/**
 * Looks for what is wrong between Smokeball and the handlers: secrets, URL, whether handling is paused, what the AWS account
 * lets run at once, whether anybody is told of alarms, whether the stack's own key can be used, and for each account
 * credentials, scopes, region and subscription; then has Smokeball send a `noop` and waits until it was handled. Checks that
 * others depend on come first, and where they fail, the others are left out. Throws only what none of them expects.
 */
export async function diagnosisOf(deployment: Deployment, options: DiagnosisOptions): Promise<Finding[]> {
  const findings: Finding[] = []
  const tell = (found: Finding | readonly Finding[]) => {
    for (const finding of [found].flat()) {
      findings.push(finding)
      options.tell?.(finding)
    }
    return [found].flat().every(({ isRight }) => isRight)
  }
  const { timeoutMs = usualTimeoutMs, next } = options
  const remainingMs = callsMs + timeoutMs
  const keep = keepDepsOf(deployment)
  const limit = timeLimitOf(keep.clock.now(), remainingMs, AbortSignal.timeout(remainingMs))
  const deps: CheckDeps = { deployment, keep, timeoutMs, limit, next }

  const areSecretsRight = tell(await checkSecrets(deps))
  const accounts = await accountsOf(deps, options.accountId)
  const answered = new Set<string>()
  for (const url of urlsOf(keep, accounts)) if (tell(await checkUrl(deps, url))) answered.add(url)
  const isHandling = tell(await checkHandling(deps))
  if (!deployment.isLocal) {
    tell(await checkConcurrency(deployment, limit.signal))
    tell(await checkAlarms(deployment.outputs.AlarmTopicArn, limit.signal))
    for (const finding of await keyFindings(deployment, limit.signal)) tell(finding)
  }
  if (!areSecretsRight) return findings
  if (accounts.length === 0) tell(notConnected(deps, options.accountId))
  for (const account of accounts)
    await checkAccount(deps, account, {
      waitsForNoop: (url) => isHandling && answered.has(url),
      isAnswered: (url) => answered.has(url),
      tell,
    })
  return findings
}

async function keyFindings({ outputs }: Deployment, signal: AbortSignal): Promise<Finding[]> {
  const { EncryptionKeyArn: keyArn, AlarmTopicArn, WebhookSecretId } = outputs
  if (keyArn === undefined) return []
  const hasAlarms = AlarmTopicArn !== undefined
  return [await checkKey({ keyArn, account: accountOf(WebhookSecretId), hasAlarms }, signal)]
}

/** Where accounts' events are to go, and where they go until their subscriptions have moved there. */
function urlsOf(keep: KeepDeps, accounts: readonly Account[]): Set<string> {
  if (accounts.length === 0) return new Set([keep.callbackUrl])
  const wanted = accounts.map((account) => urlFor(keep, account))
  const before = accounts.flatMap(({ subscription }) =>
    subscription && keep.ownUrls?.all.includes(subscription.url) ? [subscription.url] : [],
  )
  return new Set([...wanted, ...before])
}

async function accountsOf({ keep, limit }: CheckDeps, asked: string | undefined): Promise<Account[]> {
  const known = await keep.access.accounts.list(limit.signal)
  return asked === undefined ? known : known.filter(({ accountId }) => accountId === asked)
}

function notConnected({ next }: CheckDeps, asked: string | undefined): Finding {
  const said = asked === undefined ? 'no account is connected' : `account ${asked} is not connected`
  const fix = next({ command: 'connect', options: { account: asked ?? 'ACCOUNT_ID' } })
  return wrong('account', said, fix)
}
