import { batchMutants } from './mutants-of-batch.ts'
import { claimMutants } from './mutants-of-claim.ts'
import { flowMutants } from './mutants-of-flow.ts'
import { importMutants } from './mutants-of-import.ts'
import { laterMutants } from './mutants-of-later.ts'
import { ledgerMutants } from './mutants-of-ledger.ts'
import { recoveredMutants } from './mutants-of-recovered.ts'
import { replayMutants } from './mutants-of-replay.ts'

/** Every condition clause and every rule of the protocol, left out or turned round in turn. */
export const mutants = [
  ...ledgerMutants,
  ...claimMutants,
  ...flowMutants,
  ...laterMutants,
  ...batchMutants,
  ...recoveredMutants,
  ...importMutants,
  ...replayMutants,
]
