import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds `functions/` and all else. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

/** The handlers that are bundled unless another file is named. */
export const defaultHandlersEntry = join(projectRoot, 'functions/handlers/index.ts')

/** The handlers file that the settings name, or the one that there is. */
export function handlersEntryOf({ handlersEntry }: { readonly handlersEntry?: string | undefined }): string {
  return handlersEntry === undefined ? defaultHandlersEntry : resolve(projectRoot, handlersEntry)
}

/**
 * What belongs to whoever uses this project, from its root; folders with all that they hold. Releases change none of it,
 * and nothing else needs an edit, so that `git merge upstream/main` never conflicts. Their style is their own, too: `biome.json` leaves them out.
 */
export const usersFiles = ['functions/handlers', 'test/handlers', 'infra/handlers.ts', '.env'] as const
