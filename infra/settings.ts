/** The door that `infra/handlers.ts` imports: it stays where it is, since releases never change that file. */
export type { Settings } from './settings/settings.ts'
