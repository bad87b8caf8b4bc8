/**
 * The door of the settings: `infra/handlers.ts` imports their type from here, and a stack of one's own reads them here. It
 * stays where it is, since releases never change `infra/handlers.ts`.
 */
export { readSettings } from './settings/read-settings.ts'
export type { Settings } from './settings/settings.ts'
