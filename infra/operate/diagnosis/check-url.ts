import { type UrlProblem, urlProblem } from '../../../shared/subscriptions/url-problem.ts'
import { toDeploy } from '../../settings/stages.ts'
import { domainTarget } from '../stack-outputs.ts'
import { type CheckDeps, type Finding, logOf, right, wrong } from './finding.ts'

/** Whether a callback URL is answered by a receiver, which refuses with 401 what nobody has signed. */
export async function checkUrl(deps: CheckDeps, url: string): Promise<Finding> {
  const check = 'callback URL'
  const { ownUrls } = deps.keep
  const domains = ownUrls?.all.includes(url) && url !== ownUrls.apiUrl ? ownUrls : undefined
  const problem = await (domains ? domains.problemAt(url) : urlProblem(fetch, url))
  if (!problem) return right(check, `${url} is answered, and refuses what is not signed`)
  const domainFix = domains ? fixOfDomain(deps, new URL(url).hostname, problem) : undefined
  return wrong(check, saidOf(url, problem), domainFix ?? fixOf(deps, problem))
}

function saidOf(url: string, { kind, detail }: UrlProblem): string {
  const { hostname } = new URL(url)
  switch (kind) {
    case 'no-address':
      return `${url} is not answered: the DNS has no address of ${hostname} (${detail})`
    case 'certificate':
      return `${url} is not answered with a valid certificate of ${hostname} (${detail})`
    case 'no-answer':
      return `${url} is not answered (${detail})`
    case 'other-answer':
      return detail === '401'
        ? `${url} answered 401 to a delivery without a signature, but not as a receiver does`
        : `${url} answered ${detail} to a delivery without a signature, and not 401`
    case 'other-receiver':
      return `${url} is answered by the receiver of another deployment`
  }
}

/** `undefined`: the domain leads to API Gateway, and what is wrong lies behind it. */
function fixOfDomain(
  { deployment }: CheckDeps,
  name: string,
  { kind, detail }: UrlProblem,
): string | undefined {
  const target = domainTarget(deployment.outputs, name)
  const record = target
    ? `has the DNS record CNAME ${target}`
    : 'has the record that the stack has set in the hosted zone, and that its name servers are those of that zone'
  switch (kind) {
    case 'no-address':
      return target
        ? `Set the DNS record of ${name}, and give it some minutes: CNAME ${target}`
        : `See that ${name} ${record}.`
    case 'certificate':
      return `See that ${name} ${record}, and that the certificate of \`certificateArn\` is issued, is not over, and covers ${name}.`
    case 'no-answer':
      return `See that ${name} ${record}.`
    case 'other-answer':
      if (/^(429|5..)$/.test(detail)) return undefined
      return `Something else answers there. See that ${name} ${record}, and that no proxy before it changes requests or answers.`
    case 'other-receiver':
      return `See that ${name} ${record}. A stack in another region may have the same name as its domain, and the record may still lead there.`
  }
}

function fixOf({ deployment }: CheckDeps, { kind, detail }: UrlProblem): string {
  if (kind !== 'other-answer')
    return deployment.isLocal
      ? 'Start it: npm start. A tunnel has to lead to its port.'
      : `Deploy: ${toDeploy(deployment.name)}`
  if (/^(404|401|3..)$/.test(detail))
    return `It is not the URL of the receiver, ${deployment.outputs.CallbackUrl}`
  return `See the log of the receiver: ${logOf(deployment, 'Receiver')}`
}
