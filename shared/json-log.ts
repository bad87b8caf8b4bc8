import type { Log } from './run-handlers.ts'

/** Lambda's JSON log format puts the object under `message`, beside level, time and request id: no logging library needed. */
export const jsonLog: Log = (level, line) => console[level](line)
