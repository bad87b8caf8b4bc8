import { describe, expect, it } from 'vitest'
import { isSignedWith, sign } from '../../../shared/signing/signature.ts'

const key = 'ei7641529ue420n8b9aa'

describe('signature', () => {
  it('is that of the published vector', () => {
    const parts = {
      timestamp: '638609288928990639',
      requestId: 'e56f2c3f-b6de-4310-a7a2-c139d62f9711',
      clientId: 'lou1qnn0llav95f',
    }
    expect(sign(parts, key)).toBe('58817681863148b0e624c00f3094f99e1af31cd7b99a3c2e0655d64a2764d650')
  })

  // Smokeball's webhooks page declares the client id of this vector as `lou1qnn0llav95f`, but hashes it without its
  // last letter. Both are tested: what the page prints, and what the declared id gives.
  it.each([
    ['lou1qnn0llav95', 'feb4b838a272884f6d2c2580b2c7ebb0b2f725b90e8baa6f9b5e1a17a9faec2d'],
    ['lou1qnn0llav95f', '9ac03005f363ed5890c45a6aae8fcd5fa08a2a45e333002fbb93dd3460b2278f'],
  ])('is that of the page with client id %s', (clientId, signature) => {
    const parts = {
      timestamp: '637558795239278688',
      requestId: '38583489-09c4-49ef-b58c-ef1b34208cca',
      clientId,
    }
    expect(sign(parts, key)).toBe(signature)
  })

  it('takes the key as UTF-8', () => {
    const parts = { timestamp: '638609288928990639', requestId: '', clientId: 'ü' }
    // printf '638609288928990639||ü' | openssl dgst -sha256 -hmac 'schlüßel-鍵'
    expect(sign(parts, 'schlüßel-鍵')).toBe(
      'b8b5b8bb36dc79f4752d159303adf6a6a71b0087bc2f0a7fc0b029c07e742bad',
    )
  })

  it('is recognised in either case, and only whole', () => {
    const parts = { timestamp: '1', requestId: 'r', clientId: 'c' }
    const signature = sign(parts, key)
    expect(isSignedWith(parts, signature, key)).toBe(true)
    expect(isSignedWith(parts, signature.toUpperCase(), key)).toBe(true)
    for (const wrong of [
      '',
      signature.slice(1),
      `${signature}0`,
      ` ${signature}`,
      signature.replace(/.$/, 'g'),
    ]) {
      expect(isSignedWith(parts, wrong, key)).toBe(false)
    }
  })

  it('differs for every changed part, key and digit', () => {
    const parts = { timestamp: '1', requestId: 'r', clientId: 'c' }
    const signature = sign(parts, key)
    expect(isSignedWith({ ...parts, timestamp: '2' }, signature, key)).toBe(false)
    expect(isSignedWith({ ...parts, requestId: 's' }, signature, key)).toBe(false)
    expect(isSignedWith({ ...parts, clientId: 'd' }, signature, key)).toBe(false)
    expect(isSignedWith(parts, signature, `${key}x`)).toBe(false)
    for (let at = 0; at < 64; at++) {
      const changed = signature.slice(0, at) + (signature[at] === '0' ? '1' : '0') + signature.slice(at + 1)
      expect(isSignedWith(parts, changed, key)).toBe(false)
    }
  })
})
