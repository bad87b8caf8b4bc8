import { createRequire } from 'node:module'
import type { Item } from './item-size.ts'

interface Write {
  ReturnValuesOnConditionCheckFailure?: string
}
type CheckConditional = (write: Write, existing?: Item) => { body: object } | null | undefined

const require = createRequire(import.meta.url)
const db = require('dynalite/db') as { checkConditional: CheckConditional }
const writes = ['putItem', 'updateItem', 'deleteItem'].map(
  (name) => require(`dynalite/validations/${name}`) as { types: Record<string, object> },
)
const option: keyof Write = 'ReturnValuesOnConditionCheckFailure'

/**
 * Has every dynalite of this process answer a failed condition with the item that is there, when the write asks for it: AWS
 * does so, and dynalite does not. Dynalite has just read the item for the condition, so this costs no call more.
 * Returns what ends it.
 */
export function answerFailedWithItem(): () => void {
  const check = db.checkConditional
  db.checkConditional = (write, existing) => {
    const failure = check(write, existing)
    if (failure && write[option] === 'ALL_OLD') Object.assign(failure.body, { Item: existing })
    return failure
  }
  // Dynalite drops the members of a request that it does not know.
  for (const { types } of writes) types[option] = { type: 'String' }
  return () => {
    db.checkConditional = check
    for (const { types } of writes) delete types[option]
  }
}
