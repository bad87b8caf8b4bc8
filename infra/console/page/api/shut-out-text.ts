/** Each start of the console has another token. */
export const shutOutText =
  'This page is no longer let in. Open the URL that the console printed at its start.'
