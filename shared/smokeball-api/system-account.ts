/** Stands for no firm: it takes a subscription for system events only. */
export const systemAccountId = '00000000-0000-0000-0000-000000000000'
