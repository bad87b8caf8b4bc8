import { defaults } from '../../infra/settings/settings-schema.ts'
import { keeper } from '../../infra/settings/topology.ts'
import { type CostRow, costRow, hoursAMonth } from './cost-row.ts'
import { assumptions } from './costs-assumptions.ts'
import { gbSeconds } from './gb-seconds.ts'

/** What the keeper's scheduled runs cost a month, when no subscription needs a change. */
export function keeperRows(): CostRow[] {
  const { billedMs, readUnits, secretReads } = assumptions.keeperRun
  const runs = (hoursAMonth * 60) / defaults.subscriptionCheckMinutes
  return [
    costRow('Keeper', 'runs of its schedule', 'schedulerRun', runs),
    costRow('Keeper', 'requests', 'lambdaRequest', runs),
    costRow('Keeper', 'GB-seconds', 'lambdaGbSecond', runs * gbSeconds(keeper.memoryMb, billedMs)),
    costRow('Keeper', 'read units', 'readUnit', runs * readUnits),
    costRow('Keeper', 'reads of secrets', 'secretCall', runs * secretReads),
  ]
}
