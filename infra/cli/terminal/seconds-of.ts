import { NotUnderstood } from '../../terminal/usage-error.ts'

/** A number of seconds from a command line. Throws `NotUnderstood`. */
export function secondsOf(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new NotUnderstood(`--timeout ${text} is no number of seconds: give a whole one from 1.`)
}
