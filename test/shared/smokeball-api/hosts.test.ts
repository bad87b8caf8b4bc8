import { expect, it } from 'vitest'
import { hosts } from '../../../shared/smokeball-api/api-credentials.ts'

it.each([
  ['us', 'production', 'https://api.smokeball.com', 'https://auth.smokeball.com'],
  ['au', 'production', 'https://api.smokeball.com.au', 'https://auth.smokeball.com.au'],
  ['uk', 'production', 'https://api.smokeball.co.uk', 'https://auth.smokeball.co.uk'],
  ['us', 'staging', 'https://stagingapi.smokeball.com', 'https://datastaging-auth.smokeball.com'],
  ['au', 'staging', 'https://stagingapi.smokeball.com.au', 'https://datastaging-auth.smokeball.com.au'],
  ['uk', 'staging', 'https://stagingapi.smokeball.co.uk', 'https://datastaging-auth.smokeball.co.uk'],
] as const)('%s %s is at %s, its tokens at %s', (region, environment, apiUrl, authUrl) => {
  expect(hosts(region, environment)).toEqual({ apiUrl, authUrl })
})
