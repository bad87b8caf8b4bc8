import type { Context } from 'hono'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { InvalidCursor } from '../../../shared/ledger/feed-cursor.ts'
import { TooManyHandlers } from '../../../shared/ledger/replay.ts'
import { explained } from '../../operate/explained.ts'
import { printError } from '../../terminal/terminal.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import type { ConsoleEnv } from './own-addresses.ts'
import { Refused } from './refused.ts'

/** What failed, as JSON; to whoever opens a page, as a page. What nobody can mend from there is told on the terminal. */
export function answerErrors(error: Error, c: Context<ConsoleEnv>): Response | Promise<Response> {
  const { status, message } = told(error)
  if (status === 500) printError(error)
  if (c.req.path.startsWith('/console/api/')) return c.json({ error: message }, status)
  return c.html(
    html`<!doctype html><html lang="en"><meta charset="utf-8"><title>Console</title><main><h1>Console</h1><p>${message}</p></main></html>`,
    status,
  )
}

function told(error: Error): { status: ContentfulStatusCode; message: string } {
  if (error instanceof Refused) return { status: error.status, message: error.message }
  if (error instanceof InvalidCursor) return { status: 400, message: error.message }
  if (error instanceof TooManyHandlers) return { status: 400, message: error.message }
  const said = explained(error)
  if (said === undefined)
    return { status: 500, message: 'The console failed at this. The terminal that it runs in shows how.' }
  return { status: error instanceof UsageError ? 409 : 502, message: said }
}
