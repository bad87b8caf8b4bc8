import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { seal, unseal } from '../../../shared/smokeball-api/stored-refresh-tokens.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

it('any text comes back with its key and purpose, and shows nothing without', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), bytes(32), bytes(12), (given, key, nonce) => {
      const text = given.toWellFormed()
      const sealed = seal(text, key, 'a', nonce)
      expect(unseal(sealed, key, 'a')).toBe(text)
      expect(() => unseal(sealed, key, 'b')).toThrow('cannot be read')
      expect(() =>
        unseal(
          sealed,
          Buffer.from(key).map((byte) => byte ^ 1),
          'a',
        ),
      ).toThrow('cannot be read')
    }),
  )
})

// By Python's `cryptography`: AESGCM(bytes(range(32))).encrypt(bytes(12), b'refresh token', b'of firm'), its tag in front.
it('is AES-256-GCM: nonce, tag and ciphertext', () => {
  const key = Uint8Array.from({ length: 32 }, (_, index) => index)
  const sealed = Buffer.from(seal('refresh token', key, 'of firm', new Uint8Array(12)), 'base64')
  expect(sealed.subarray(0, 12)).toEqual(Buffer.alloc(12))
  expect(sealed.subarray(12).toString('hex')).toBe(
    '254f4fce6659c6fc82fa6887543a87257cd9d3acd05feb9d7cc7c25076',
  )
})

it('is refused with any bit changed, or cut short', () => {
  const key = randomBytes(32)
  const sealed = Buffer.from(seal('refresh token', key, 'p', randomBytes(12)), 'base64')
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(() => unseal(changed.toString('base64'), key, 'p')).toThrow('cannot be read')
  }
  for (let length = 0; length < sealed.length; length++)
    expect(() => unseal(sealed.subarray(0, length).toString('base64'), key, 'p')).toThrow('cannot be read')
})
