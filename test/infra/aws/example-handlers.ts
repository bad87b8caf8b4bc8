/** Handlers for tests of the infrastructure, in the place of the user's. */
import { on } from '#webhooks'

export default [
  on('matter.updated', { name: 'sync-matter' }, () => {}),
  on('contact.*', { name: 'audit-contacts', order: 'every' }, () => {}),
]
