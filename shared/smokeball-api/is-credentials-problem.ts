const codes = [
  'MISSING_API_CREDENTIALS',
  'FIRM_DISCONNECTED',
  'REFRESH_TOKEN_REFUSED',
  'LOST_REFRESH_TOKEN',
  'OTHER_ACCOUNT',
]

/** Whether a call failed since its credentials are missing, wrong or no longer taken: no try again will help. */
export function isCredentialsProblem(error: unknown): boolean {
  const { code, status, isPassing } = Object(error) as { code?: string; status?: number; isPassing?: boolean }
  if (code === 'SMOKEBALL_ERROR') return status === 401 || status === 403
  if (code === 'NO_ACCESS_TOKEN') return isPassing === false
  return codes.includes(code ?? '')
}
