import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apiUrl } from '../../../shared/smokeball-api/api-url.ts'
import { InvalidApiCall } from '../../../shared/smokeball-api/invalid-api-call.ts'

const base = 'https://api.smokeball.com'

describe('the address of a call', () => {
  it('is the path on the host, behind the account where it has to be named', () => {
    expect(apiUrl(base, undefined, '/matters/8aca_IL?Limit=1')).toBe(`${base}/matters/8aca_IL?Limit=1`)
    expect(apiUrl(base, 'My Firm', '/webhooks')).toBe(`${base}/My%20Firm/webhooks`)
  })

  it.each([
    'https://evil.test/matters',
    'HTTPS:evil.test',
    '//evil.test/matters',
    '/\\evil.test',
    '\\\\evil.test',
    '/\t/evil.test',
    '/matters/../../other/matters',
    '/matters/..',
    '/./matters',
    '/%2e%2e/other/matters',
    '/matters/%2E./x?y',
    '/x%2f..%2F..%2fother/matters',
    '/matters/id#1',
    '/matters/an id',
    '/matters\n',
    '/matters/\ud800',
    'matters',
    '@evil.test',
    '.evil.test',
    '',
    undefined,
    7,
  ])('is refused for the path %j', (path) => {
    expect(() => apiUrl(base, 'firm', path as string)).toThrow(InvalidApiCall)
    expect(() => apiUrl(base, 'firm', path as string)).toThrow(/^The path .*\. Pass one like/)
  })

  it.each(['', '.', '..'])('is refused for the account %j', (account) => {
    expect(() => apiUrl(base, account, '/matters')).toThrow(InvalidApiCall)
  })

  it('never leaves host and account, whatever the path', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '\\',
      '?',
      '#',
      '@',
      ':',
      'evil.test',
      'x',
      ' ',
      '\t',
    )
    const paths = fc.oneof(
      fc.string(),
      fc.array(piece).map((pieces) => `/${pieces.join('')}`),
    )
    fc.assert(
      fc.property(paths, (path) => {
        try {
          const url = new URL(apiUrl(base, 'firm', path))
          expect(url.origin).toBe(base)
          expect(url.pathname.startsWith('/firm/')).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidApiCall)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
