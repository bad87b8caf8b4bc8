/**
 * What belongs to whoever uses this project, from its root; folders with all that they hold. Releases change none of it,
 * and nothing else needs an edit, so that `git merge upstream/main` never conflicts. Their style is their own, too: `biome.json` leaves them out.
 */
export const usersFiles = ['functions/handlers', 'test/handlers', 'infra/handlers.ts', '.env'] as const
