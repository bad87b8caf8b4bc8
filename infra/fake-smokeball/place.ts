/** Which calls: any by default. */
export interface Where {
  method?: string
  /** The whole path as sent, without the query; or a pattern of it. */
  path?: string | RegExp
}

/** Whether a call is at a place. */
export function isAtPlace({ method, path }: Where, call: { method: string; pathname: string }): boolean {
  if (method !== undefined && method !== call.method) return false
  if (path === undefined) return true
  return typeof path === 'string' ? path === call.pathname : path.test(call.pathname)
}
