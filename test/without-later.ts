import { hangingHandlers } from '../shared/handling/hanging-handlers.ts'
import { runningHandlers } from '../shared/handling/running-handlers.ts'

const fail = async (): Promise<never> => {
  throw new Error('Nothing of this test is to be handled twice.')
}

/** What a consumer has for later runs, where no handler fails and no message comes back. */
export const withoutLater = {
  later: { delay: fail, bringBack: fail, backlog: async () => 0 },
  randomId: () => 'token',
  hanging: hangingHandlers(Date.now),
  running: runningHandlers(),
  openedMarks: { count: fail, raise: fail, remove: fail },
}
