/**
 * For every SDK client in both Lambdas: a silent service is given up within two seconds a try, three tries.
 * `throwOnRequestTimeout` makes `requestTimeout` end the request; without it the SDK only warns.
 */
export const clientDefaults = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
} as const
