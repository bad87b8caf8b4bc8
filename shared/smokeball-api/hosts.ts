export const regions = ['us', 'au', 'uk'] as const
export const environments = ['production', 'staging'] as const

export type Region = (typeof regions)[number]
export type Environment = (typeof environments)[number]

/** Base URLs, without a slash at their end. */
export interface Hosts {
  apiUrl: string
  /** The host that gives out tokens. */
  authUrl: string
}

const domains = { us: 'smokeball.com', au: 'smokeball.com.au', uk: 'smokeball.co.uk' } as const

/** Where a region's API and tokens are: a key or token of one region is nothing in another. https://docs.smokeball.com */
export function hosts(region: Region, environment: Environment): Hosts {
  const [api, auth] = environment === 'production' ? ['api', 'auth'] : ['stagingapi', 'datastaging-auth']
  return { apiUrl: `https://${api}.${domains[region]}`, authUrl: `https://${auth}.${domains[region]}` }
}
