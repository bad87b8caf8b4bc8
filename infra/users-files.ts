/**
 * What belongs to whoever uses this project, from its root; folders with all that they hold. Releases change none of it,
 * and nothing else needs an edit, so that `git merge upstream/main` never conflicts.
 */
export const usersFiles = ['functions/handlers', 'test/handlers', 'infra/handlers.ts', '.env'] as const
