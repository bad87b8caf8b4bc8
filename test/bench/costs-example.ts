import type { Measured } from './costs-measure.ts'

/** Round figures, so that the expected ones can be computed by hand. */
export const measured: Measured = {
  bodyBytes: 1000,
  messageBytes: 1100,
  sends: 1,
  receiverCpuMs: 1,
  consumerCpuMs: { 1: 2, 10: 1 },
  tableWrites: 2,
  tableReads: 0,
  writeUnits: { ledger: 1, event: 1.5, index: 1 },
  storedBytes: { ledger: 100, event: 900, index: 400 },
  deliveryLineBytes: 310,
  eventLineBytes: 290,
  secretReadsAnHour: 12,
  stack: { alarmMetrics: 13, dashboards: 1, secrets: 2, accessLineBytes: 200 },
}
