import { on, PermanentFailure } from '#webhooks'
import type { Handler } from '../../shared/handling/handler-registry.ts'

export interface Office {
  /** Whether the CRM refuses what it is given. */
  crm: { refuses: boolean }
  handlers: Handler[]
}

/** Handlers of contacts, one of which only takes the newest and can be made to fail. Matters have none. */
export function office(): Office {
  const crm = { refuses: false }
  const handlers = [
    on('contact.*', { name: 'crm' }, () => {
      if (crm.refuses) throw new PermanentFailure('the CRM knows no such office')
    }),
    on('contact.*', { name: 'audit', order: 'every' }, () => {}),
    on('task.*', { name: 'tasks' }, () => {}),
  ]
  return { crm, handlers }
}
