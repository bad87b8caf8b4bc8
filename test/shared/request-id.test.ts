import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTagged, newRequestId } from '../../shared/request-id.ts'

const fixtures = new URL('../fixtures/request-id/', import.meta.url)
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

const hasPython = (() => {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

it.skipIf(!hasPython)('the function in Python makes the same', () => {
  const script = `
import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from request_id import new_request_id
print(json.dumps([new_request_id(v["key"], bytes.fromhex(v["random"])) for v in json.load(open(sys.argv[1] + "vectors.json", encoding="utf-8"))]))`
  const made = JSON.parse(
    execFileSync('python3', ['-c', script, decodeURIComponent(fixtures.pathname)], { encoding: 'utf8' }),
  )
  expect(made).toEqual(vectors.map(({ requestId }) => requestId))
})
