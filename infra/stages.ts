/** The stage unless another is named: the one that real deliveries go to. */
export const production = 'prod'

/** Name of a stage's stack. Throws `RangeError` for what cannot be part of one. */
export function stackName(stage: string): string {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(stage))
    throw new RangeError(
      `'${stage}' cannot be a stage: use lower-case letters, digits and '-', a letter first, such as -c stage=dev.`,
    )
  return stage === production ? 'SmokeballWebhooks' : `SmokeballWebhooks-${stage}`
}
