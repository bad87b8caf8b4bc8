/** The door for what is one's own: the construct for another stack, and the type of `extend` in `infra/handlers.ts`. */
export type { SmokeballWebhooksProps } from './aws/resolve-props.ts'
export { SmokeballWebhooks } from './aws/smokeball-webhooks.ts'
export type { Extend } from './aws/stack.ts'
