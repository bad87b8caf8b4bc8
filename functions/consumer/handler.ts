import handlers from '#handlers'
import { createConsumer } from './create-consumer.ts'

export const handler = createConsumer({ handlers, env: process.env })
