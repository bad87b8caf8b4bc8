import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTagged, newRequestId } from '../../../shared/signing/request-id.ts'
import { languages } from './request-id-languages.ts'

const fixtures = new URL('../../fixtures/request-id/', import.meta.url)
/** Made by the Python function beside them. */
const vectors = JSON.parse(readFileSync(new URL('vectors.json', fixtures), 'utf8')) as {
  key: string
  random: string
  requestId: string
}[]

describe('a RequestId of ours', () => {
  it.each(vectors)('is $requestId for the key $key', ({ key, random, requestId }) => {
    expect(newRequestId(key, Buffer.from(random, 'hex'))).toBe(requestId)
    expect(isTagged(requestId, [key])).toBe(true)
  })

  it('is a UUID of version 8, known by its key and by no other, in upper case too', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        fc.string(),
        fc.string(),
        (random, key, other) => {
          fc.pre(key !== other)
          const id = newRequestId(key, random)
          expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
          expect(isTagged(id, [other, key])).toBe(true)
          expect(isTagged(id.toUpperCase(), [key])).toBe(true)
          expect(isTagged(id, [other])).toBe(false)
        },
      ),
    )
  })

  it('is foreign with any single bit changed', () => {
    const id = newRequestId('a key', randomBytes(8))
    const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
    for (let bit = 0; bit < 128; bit++) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const hex = changed.toString('hex')
      const other = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
      expect(isTagged(other, ['a key'])).toBe(false)
    }
  })

  it.each([
    ['', 'no text'],
    ['38583489-09c4-49ef-b58c-ef1b34208cca', 'somebody else’s'],
    ['00000000-0000-8000-844a-acee5298668', 'one digit too few'],
    ['000000000000800 0844aacee5298668b', 'without hyphens'],
    ['00000000-0000-8000-844a-acee5298668b ', 'a space behind'],
    ['00000000-0000-8000-844a-acee5298668ｂ', 'a full-width letter'],
  ])('is not %j (%s)', (requestId) => {
    expect(isTagged(requestId, ['a key'])).toBe(false)
  })

  it('is nobody’s without a key', () => {
    expect(isTagged('00000000-0000-8000-844a-acee5298668b', [])).toBe(false)
  })
})

const readText = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

describe.each(languages)('the function in $name', ({ probes, packages, run }) => {
  const isThere = probes.every(([command, ...args]) => spawnSync(command, args).status === 0)
  const isRequired = process.env.REQUIRE_LANGUAGES === '1'
  const idsOf = (calls: { key: string; random: string }[]) => {
    if (!isThere)
      throw new Error(`This test needs ${packages}: install it, or run without REQUIRE_LANGUAGES=1.`)
    return run(calls.map(({ key, random }) => `${random}\t${key}\n`).join(''))
      .trimEnd()
      .split(/\r?\n/)
  }

  it.skipIf(!isThere && !isRequired)('makes the same', () => {
    expect(idsOf(vectors)).toEqual(vectors.map(({ requestId }) => requestId))
  })

  it.skipIf(!isThere && !isRequired)('makes another one each time', () => {
    const ids = idsOf(Array.from({ length: 100 }, () => ({ key: 'ключ', random: '' })))
    expect(new Set(ids).size).toBe(100)
    expect(ids.filter((id) => !isTagged(id, ['ключ']))).toEqual([])
  })
})

describe('the function to copy', () => {
  const page = readText('../../../docs/own-writes.md')

  it('in Python is the one that is tested', () => {
    const blocks = [...page.matchAll(/^```python\n(.*?)^```$/gms)].map(([, code]) => code)
    expect(blocks).toContain(readText('../../fixtures/request-id/request_id.py'))
  })

  it('in TypeScript needs nothing else of the project', () => {
    expect(page).toContain('[TypeScript](../shared/signing/request-id.ts)')
    const imports = [...readText('../../../shared/signing/request-id.ts').matchAll(/\bfrom '(.+)'/g)].map(
      ([, name]) => name,
    )
    expect(imports).toEqual(['node:crypto'])
  })

  it('in C# is the one that is tested', () => {
    expect(page).toContain('[C#](../test/fixtures/request-id/RequestId.cs)')
  })
})
