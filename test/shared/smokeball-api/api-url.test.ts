import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidApiCall } from '../../../shared/smokeball-api/api-errors.ts'
import { apiUrl, path } from '../../../shared/smokeball-api/api-url.ts'

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
    '/another-firm/matters/x/archive?force=true',
    '/MyFirm/matters',
    '/myfirm/Matters/x',
    '/8aca3574-0d5f-4e3b-9c3b-1f1e3a2b4c5d_IL/whatever',
    '/%61nother-firm/matters',
    '/another%2dfirm/m%61tters',
    '/another-firm%2Fmatters',
    '/matters;x/../..',
    '/firm-b//matters',
    '/firm-b/matters;x/1',
    '/firm-b/matters%20',
    '/firm-b/%3b/matters',
    '/matters//files',
    '/matters/%20..%20/other',
    '/matters/..;x/y',
    '/matters/%252e%252e/other',
    '/matters/%25252e%25252e%252fother',
    '/matters/.%09./other',
    '/matters/%5c..%5cother',
    '/matters/%25252525252e',
    '/%',
    '/',
    '/?x=/matters',
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

  it.each([
    '/Matters/x',
    '/matters/MyFirm/matters',
    '/matters?Search=../x&Name=%2e%2e',
    '/matters/a%2Fb/files',
    '/matters/100%/x',
    '/matters/%C3%A9%20%F0%9F%98%80',
    '/matters/...',
    '/matters/.x',
    '/firm/matters',
    '/trust-ledgers/ID/matters',
  ])('is taken for the path %j, with and without the account before it', (path) => {
    expect(apiUrl(base, 'firm', path)).toBe(`${base}/firm${path}`)
    expect(apiUrl(base, undefined, path)).toBe(base + path)
  })

  it('may name the account that it is for', () => {
    expect(apiUrl(base, 'My Firm', '/My%20Firm/matters')).toBe(`${base}/My%20Firm/My%20Firm/matters`)
    expect(apiUrl(base, undefined, '/My%20Firm/matters', 'My Firm')).toBe(`${base}/My%20Firm/matters`)
    expect(() => apiUrl(base, 'My Firm', '/Another%20Firm/matters')).toThrow(InvalidApiCall)
  })

  it('takes time in proportion to a path, however often that is encoded', () => {
    const often = `/matters/%${'25'.repeat(100_000)}2e`
    expect(() => apiUrl(base, 'firm', often)).toThrow(/encoded more than 3 times/)
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
      ';',
      '%',
      '25',
      '%2f',
      'another-firm',
      'matters',
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

describe('a path with ids in it', () => {
  const id = 'ID'
  it.each<[string, string]>([
    [path`/matters/${'x/archive?force=true&y='}/tasks`, '/matters/x%2Farchive%3Fforce%3Dtrue%26y%3D/tasks'],
    [
      path`/matters/${'a b'}?Search=${'Müller & Co #1'}`,
      '/matters/a%20b?Search=M%C3%BCller%20%26%20Co%20%231',
    ],
    [path`/matters/${12345678901234567890n}/${7}/${0}/${1.5}`, '/matters/12345678901234567890/7/0/1.5'],
    [
      path`/matters/${'...'}/${'%2e%2e'}/${'\\'}/${'\n'}/${'😀'}`,
      '/matters/.../%252e%252e/%5C/%0A/%F0%9F%98%80',
    ],
    [path`/matters`, '/matters'],
    [path`${id}`, 'ID'],
  ])('is %s', (made, expected) => {
    expect(made).toBe(expected)
  })

  it.each<[unknown, string]>([
    ['', 'is empty'],
    ['.', "is '.'"],
    ['..', "is '..'"],
    ['\ud800', 'has half a character in it'],
    [undefined, 'is of type undefined'],
    [null, 'is null'],
    [['x'], 'is of type object'],
    [true, 'is of type boolean'],
    [Number.NaN, 'is the number NaN'],
    [Number.POSITIVE_INFINITY, 'is the number Infinity'],
    [2 ** 53, 'is the number 9007199254740992'],
  ])('is not made of %j', (value, problem) => {
    const make = () => path`/tasks/${id}/x/${value as string}`
    expect(make).toThrow(InvalidApiCall)
    expect(make).toThrow(`Value 2 of the path ${problem}`)
  })

  it('is no call of a function', () => {
    for (const given of ['/matters/x', undefined, ['/matters/']])
      expect(() => path(given as never)).toThrow(/as a tagged template, without parentheses/)
  })

  it('gives each value back from its own place, or is refused where it could lead elsewhere', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
        try {
          const { origin, pathname, search } = new URL(
            apiUrl(base, 'firm', path`/matters/${one}/x?y=${other}`),
          )
          expect([origin, decodeURIComponent(search)]).toEqual([base, `?y=${other}`])
          expect(pathname.split('/').map(decodeURIComponent)).toEqual(['', 'firm', 'matters', one, 'x'])
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidApiCall)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
