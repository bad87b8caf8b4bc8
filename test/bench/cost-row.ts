import type { PriceName } from './prices.ts'

/** So much of something that has a price. */
export interface CostRow {
  service: string
  what: string
  price: PriceName
  quantity: number
}

export function costRow(service: string, what: string, price: PriceName, quantity: number): CostRow {
  return { service, what, price, quantity }
}

export const hoursAMonth = 730
