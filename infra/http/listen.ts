import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { webhooksCommand } from '../../shared/runtime/command-line.ts'
import { UsageError } from '../terminal/usage-error.ts'

const host = '127.0.0.1'

/**
 * Listens on this machine only (port 0: any free one) and returns the address, `http://127.0.0.1:PORT`. `command` is the
 * command that takes another port.
 */
export async function listen(server: Server, port = 0, command = 'start'): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, host, resolve)
  try {
    await promise
  } catch (error) {
    throw refusal(error as NodeJS.ErrnoException, port, command)
  } finally {
    server.off('error', reject)
  }
  return `http://${host}:${(server.address() as AddressInfo).port}`
}

/** Throws `UsageError` when the port cannot be listened on. */
export async function checkPort(port: number): Promise<void> {
  const probe = createServer()
  await listen(probe, port)
  await close(probe)
}

/** Closes the server and the connections that clients keep open. */
export async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeAllConnections()
  await promise
}

function refusal(error: NodeJS.ErrnoException, port: number, command: string): Error {
  if (error.code === 'EADDRINUSE') {
    return new UsageError(
      `Port ${port} is in use. Stop what listens there, or choose another: ` +
        webhooksCommand({ command, options: { port: String(port + 1) } }),
    )
  }
  if (error.code === 'EACCES') return new UsageError(`Port ${port} is not allowed. Choose one above 1023.`)
  return error
}
