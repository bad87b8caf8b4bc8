/** What is deployed first, in the place of functions/handlers/index.ts. */
import { on, PermanentFailure } from '#webhooks'

export default [
  on('matter.updated', { name: 'sync-matter' }, (_event, { secret }) => {
    if (secret('CRM_API_KEY') !== 'the key of the CRM') throw new Error('another secret')
  }),
  on('contact.*', { name: 'audit-contacts', order: 'every' }, () => {}),
  on('task.updated', { name: 'close-task', order: 'every' }, () => {
    throw new PermanentFailure('the task is locked')
  }),
  on('matter.created', { name: 'open-folder', order: 'every' }, () => {
    throw new Error('no folder today')
  }),
]
