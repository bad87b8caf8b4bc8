import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { PGlite } from '@electric-sql/pglite'

export interface Postgres {
  port: number
  query<T>(sql: string, values?: unknown[]): Promise<T[]>
  stop(): Promise<void>
}

/** A Postgres in this process, on 127.0.0.1. It takes any user and password. */
export async function startPostgres(): Promise<Postgres> {
  const database = await PGlite.create()
  const sockets = new Set<Socket>()
  // It has one session, in which the connections take turns.
  let turn: Promise<unknown> = Promise.resolve()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', (message) => {
      const answer = async () => socket.write(await database.execProtocolRaw(message))
      turn = turn.then(answer).catch(() => socket.destroy())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    query: async <T>(sql: string, values?: unknown[]) => (await database.query<T>(sql, values)).rows,
    async stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await turn
      await database.close()
    },
  }
}
