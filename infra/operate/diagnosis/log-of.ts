import type { Deployment } from '../deployment.ts'

/** Where to read what a function logged. */
export function logOf({ isLocal }: Deployment, name: 'Receiver' | 'Consumer'): string {
  return isLocal
    ? 'what npm start shows'
    : `aws logs tail --since 10m LOG_GROUP, which is the output ${name}LogGroup of the stack`
}
