import { path } from '../shared/smokeball-api/api-url.ts'
import { typedCalls } from '../shared/smokeball-api/typed-calls.ts'

const fail = async (): Promise<never> => {
  throw new Error('No handler of this test calls Smokeball.')
}

/** What a consumer has of Smokeball's API where no handler calls it and no write was recorded. */
export const withoutSmokeball = {
  smokeball: () => ({ ...typedCalls(fail), path, fetch: fail, recordWrite: fail }),
  readWrite: async () => undefined,
}
