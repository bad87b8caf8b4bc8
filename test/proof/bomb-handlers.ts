import { on } from '#webhooks'

/** What any firm has: they look at an event, and keep nothing of it. */
export default [
  on('*', { name: 'looks' }, ({ payload }) => void Object.keys(Object(payload)).length),
  on('*', { name: 'looks-at-each', order: 'every' }, ({ payloadText }) => void payloadText.length),
]
