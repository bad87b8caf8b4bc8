import { AdvisedError } from '../runtime/advised-error.ts'
import type { Clock } from '../runtime/clock.ts'
import type { UrlProblem } from './url-problem.ts'

/** The URLs at which a deployment with domains of its own is called. */
export interface OwnUrls {
  /** API Gateway's own, which answers as long as the stack is there. */
  apiUrl: string
  /** All of them: API Gateway's own, the callback URL, and those of previous domains. */
  all: readonly string[]
  /** What keeps deliveries from arriving at one of them; undefined: nothing does. */
  problemAt(url: string): Promise<UrlProblem | undefined>
}

/** So long, what was found of a URL holds for the next account, too. */
const holdsMs = 60_000

/**
 * The URLs in a text that has all of them with spaces between, API Gateway's own first. Undefined for a deployment without
 * domains, whose text is absent or empty.
 */
export function ownUrlsIn(
  text: string | undefined,
  { clock, problemAt }: { clock: Pick<Clock, 'now'>; problemAt: OwnUrls['problemAt'] },
): OwnUrls | undefined {
  const all = (text ?? '').split(' ').filter(Boolean)
  const [apiUrl] = all
  if (apiUrl === undefined) return undefined
  const looks = new Map<string, { atEpochMs: number; problem: Promise<UrlProblem | undefined> }>()
  return {
    apiUrl,
    all,
    problemAt(url) {
      const before = looks.get(url)
      if (before && clock.now() < before.atEpochMs + holdsMs) return before.problem
      const problem = problemAt(url)
      looks.set(url, { atEpochMs: clock.now(), problem })
      return problem
    },
  }
}

interface Urls {
  callbackUrl: string
  ownUrls?: OwnUrls | undefined
}

/** Whether deliveries to a URL come to this deployment, as far as it knows its URLs. */
export function isOwnUrl({ callbackUrl, ownUrls }: Urls, url: string): boolean {
  return url === callbackUrl || (ownUrls?.all.includes(url) ?? false)
}

/** Own URLs that lead to the receiver of another deployment. What Smokeball has of them may be that one's. */
export async function urlsOfOthers({ ownUrls }: Pick<Urls, 'ownUrls'>): Promise<string[]> {
  if (!ownUrls) return []
  const { apiUrl, all } = ownUrls
  const domains = all.filter((url) => url !== apiUrl)
  const problems = await Promise.all(domains.map((url) => ownUrls.problemAt(url)))
  return domains.filter((_, index) => problems[index]?.kind === 'other-receiver')
}

/** Where an account's events go for now. */
export interface ReachableUrl {
  url: string
  /** Own URLs whose subscriptions are moved to this one. */
  movedFrom: readonly string[]
  /** Own URLs whose subscriptions may be another deployment's. @default none */
  leftAlone?: readonly string[]
  /** Why that is not the callback URL. */
  problem?: UrlProblem
}

/** The subscription has a callback URL that leads to another deployment, and may be that one's. */
export class CallbackUrlOfOther extends AdvisedError {
  readonly code = 'CALLBACK_URL_OF_OTHER'

  constructor(url: string) {
    super(
      `${url} leads to the receiver of another deployment. The subscription of that URL may be that deployment's, and stays as it is.`,
      {
        text:
          "Set the domain's DNS record so that it leads to this deployment, or take the domain out of this deployment's settings. " +
          'To see where it leads',
        next: { command: 'doctor' },
      },
    )
    this.name = 'CallbackUrlOfOther'
  }
}

/**
 * The callback URL as soon as it answers. Until then an account's events go where they went, and those of a new account to API
 * Gateway's own URL: what is sent to a domain that nobody has set the record of is lost. Throws `CallbackUrlOfOther` if they went
 * to the callback URL, and that leads to another deployment.
 */
export async function reachableUrl(
  { callbackUrl, ownUrls }: Urls,
  urlBefore?: string,
): Promise<ReachableUrl> {
  if (!ownUrls) return { url: callbackUrl, movedFrom: [] }
  const { apiUrl, all } = ownUrls
  const leftAlone = await urlsOfOthers({ ownUrls })
  const to = (url: string) => {
    const movedFrom = all.filter((each) => each !== url && !leftAlone.includes(each))
    return { url, movedFrom, leftAlone }
  }
  if (callbackUrl === apiUrl) return to(apiUrl)
  const problem = await ownUrls.problemAt(callbackUrl)
  if (!problem) return to(callbackUrl)
  if (urlBefore === callbackUrl && leftAlone.includes(callbackUrl)) throw new CallbackUrlOfOther(callbackUrl)
  const isOwn = urlBefore !== undefined && all.includes(urlBefore)
  if (isOwn && !(await isDeadPrevious(urlBefore)))
    return { url: urlBefore, movedFrom: [], leftAlone, problem }
  return { ...to(apiUrl), problem }

  /** A domain that ends may have no record any more. */
  async function isDeadPrevious(url: string): Promise<boolean> {
    if (url === apiUrl || url === callbackUrl) return false
    return (await ownUrls?.problemAt(url)) !== undefined
  }
}
