import { AdvisedError } from '../../shared/runtime/advised-error.ts'
import type { Account } from '../../shared/smokeball-api/account.ts'
import type { KeepDeps } from '../../shared/subscriptions/keep-subscription.ts'
import type { UrlProblem } from '../../shared/subscriptions/url-problem.ts'

/** Deliveries are lost: subscriptions have a callback URL at which they do not arrive. */
export class CallbackUrlNotAnswered extends AdvisedError {
  readonly code = 'CALLBACK_URL_NOT_ANSWERED'

  constructor(url: string, { kind, detail }: UrlProblem, subscriptions: number) {
    super(
      `Deliveries to ${url} do not arrive (${kind}: ${detail}). It is the URL of ${subscriptions} subscription(s).`,
      {
        text:
          'Mend the DNS record or the certificate of the domain. To do without it until then, move it from `domain` to ' +
          "`previousDomains`, and deploy: subscriptions go back to API Gateway's own URL. To see what is wrong",
        next: { command: 'doctor' },
      },
    )
    this.name = 'CallbackUrlNotAnswered'
  }
}

/** Throws `CallbackUrlNotAnswered` if deliveries to a domain do not arrive, and there are subscriptions of it. */
export async function checkDomain(
  { callbackUrl, ownUrls }: Pick<KeepDeps, 'callbackUrl' | 'ownUrls'>,
  accounts: readonly Account[],
): Promise<void> {
  const there = accounts.filter(({ subscription }) => subscription?.url === callbackUrl)
  if (!ownUrls || callbackUrl === ownUrls.apiUrl || there.length === 0) return
  const problem = await ownUrls.problemAt(callbackUrl)
  // A domain that answers 429 or 5xx leads to API Gateway, whose own alarms tell of that.
  const isFull = problem?.kind === 'other-answer' && /^(429|5..)$/.test(problem.detail)
  if (problem && !isFull) throw new CallbackUrlNotAnswered(callbackUrl, problem, there.length)
}
