import { on } from '#webhooks'

/**
 * Your handlers. These are examples: replace them.
 */
export default [
  // Takes over a state: only ever sees the newest, so it may overwrite. It takes creations, too: otherwise catch-up
  // would pass by a matter of which nothing was ever delivered.
  on(['matter.created', 'matter.updated'], { name: 'show-matter' }, async (event, { log }) => {
    const { number, title, status } = event.payload
    log.info('matter is now', { number, title, status })
  }),

  // A side effect for each event, in no promised order.
  on('contact.*', { name: 'audit-contacts', order: 'every' }, async (event, { log }) => {
    log.info('contact changed', {
      contact: event.resource.id,
      how: event.type,
      by: event.userId,
      at: event.occurredAt,
    })
  }),

  // A write to Smokeball's API that was accepted and failed later. `cause` is the call, if it was one of yours.
  on('error', { name: 'explain-failed-writes', order: 'every' }, async (event, { log }) => {
    log.error('a write failed', { why: event.payload.message, cause: event.cause })
  }),
]
