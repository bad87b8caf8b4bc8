/** What is deployed first, in the place of functions/handlers/index.ts. */
import { on, PermanentFailure } from '#webhooks'

export default [
  on('matter.updated', { name: 'sync-matter' }, (_event, { secret }) => {
    if (secret('CRM_API_KEY') !== 'the key of the CRM') throw new Error('another secret')
  }),
  on('contact.*', { name: 'audit-contacts', order: 'every' }, async (event, { smokeball }) => {
    // Only a user of Smokeball's writes that: notifications of the test are about contacts that are not there.
    if (!event.payloadText.includes('by a user')) return
    await smokeball.fetch(smokeball.path`/contacts/${event.resource.id}`, {
      method: 'PATCH',
      body: '{"seen":true}',
    })
  }),
  on('task.updated', { name: 'close-task', order: 'every' }, () => {
    throw new PermanentFailure('the task is locked')
  }),
  on('matter.created', { name: 'open-folder', order: 'every' }, () => {
    throw new Error('no folder today')
  }),
]
