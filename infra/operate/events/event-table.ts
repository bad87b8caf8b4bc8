import type { EventTableDeps } from '../../../shared/ledger/event-row.ts'
import type { Deployment } from '../deployment.ts'

/** A deployment's event table, to be read. */
export function eventTableOf({ dynamodb, outputs }: Deployment): EventTableDeps {
  return { client: dynamodb, tableName: outputs.TableName }
}
