declare module 'dynalite' {
  import type { Server } from 'node:http'

  /** An embedded DynamoDB; `path` keeps it on disk. */
  export default function dynalite(options?: {
    path?: string
    createTableMs?: number
    deleteTableMs?: number
    updateTableMs?: number
  }): Server
}
