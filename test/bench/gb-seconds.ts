/** What Lambda bills an invocation's time by. */
export function gbSeconds(megabytes: number, ms: number): number {
  return (megabytes / 1024) * (ms / 1000)
}
