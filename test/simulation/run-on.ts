import type { World } from './world.ts'

/** A history that takes more never comes to its end. */
const maxSteps = 20_000

/** Lets time go on until nothing is planned any more; false if something was violated. */
export async function runOn({ time, witness }: World): Promise<boolean> {
  for (let steps = 0; time.step(); steps++) {
    // Whatever waits for promises that this step settled goes on now, and not later.
    await new Promise(setImmediate)
    if (witness.violations.length > 0) return false
    if (steps > maxSteps) {
      witness.violations.push('(1) the queue never gets empty')
      return false
    }
  }
  return true
}
