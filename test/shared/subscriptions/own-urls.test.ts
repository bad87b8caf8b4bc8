import { expect, it } from 'vitest'
import { isOwnUrl, ownUrlsIn } from '../../../shared/subscriptions/own-urls.ts'
import type { UrlProblem } from '../../../shared/subscriptions/url-problem.ts'

const apiUrl = 'https://abc.execute-api.example/smokeball'
const domain = 'https://hooks.firm.example/smokeball'

it('a deployment without domains has none of them but the callback URL', () => {
  for (const text of [undefined, '', ' '])
    expect(ownUrlsIn(text, { clock: { now: () => 0 }, problemAt: async () => undefined })).toBeUndefined()
  expect(isOwnUrl({ callbackUrl: apiUrl }, apiUrl)).toBe(true)
  expect(isOwnUrl({ callbackUrl: apiUrl }, domain)).toBe(false)
})

it('is asked once a minute whether it answers, however many accounts there are', async () => {
  let nowEpochMs = 0
  const looks: string[] = []
  const problem: UrlProblem = { kind: 'no-answer', detail: 'ECONNREFUSED' }
  const ownUrls = ownUrlsIn(`${apiUrl} ${domain}`, {
    clock: { now: () => nowEpochMs },
    async problemAt(url) {
      looks.push(url)
      return nowEpochMs === 0 ? problem : undefined
    },
  })
  expect(ownUrls).toMatchObject({ apiUrl, all: [apiUrl, domain] })
  const both = await Promise.all([ownUrls?.problemAt(domain), ownUrls?.problemAt(domain)])
  expect(both).toEqual([problem, problem])
  expect(looks).toEqual([domain])
  nowEpochMs = 60_000
  expect(await ownUrls?.problemAt(domain)).toBeUndefined()
  expect(looks).toEqual([domain, domain])
})
