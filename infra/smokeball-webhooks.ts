/** The door for a stack of one's own: the construct, with its props. */
export type { SmokeballWebhooksProps } from './aws/resolve-props.ts'
export { SmokeballWebhooks } from './aws/smokeball-webhooks.ts'
