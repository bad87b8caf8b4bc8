/** The door for a stack of one's own: the construct, with its props. */
export { SmokeballWebhooks, type SmokeballWebhooksProps } from './aws/smokeball-webhooks.ts'
