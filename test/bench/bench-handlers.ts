export { twoHandlers as default } from './consumer-input.ts'
