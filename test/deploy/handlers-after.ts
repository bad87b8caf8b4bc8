/** The second deployment: one handler has come (`index-contacts`), one is mended (`close-task`). */
import { on } from '#webhooks'

export default [
  on('matter.updated', { name: 'sync-matter' }, () => {}),
  on('contact.*', { name: 'audit-contacts', order: 'every' }, () => {}),
  on('contact.*', { name: 'index-contacts', order: 'every' }, () => {}),
  on('task.updated', { name: 'close-task', order: 'every' }, () => {}),
]
