import type { Diagnosis, Finding } from './diagnose.ts'
import { logOf } from './log-of.ts'

const timeoutMs = 10_000

/** Whether the callback URL is answered, and by a receiver: that refuses what nobody has signed, with 401. */
export async function checkUrl({ deployment }: Diagnosis, url: string): Promise<Finding> {
  const check = 'callback URL'
  const logs = `See the log of the receiver: ${logOf(deployment, 'Receiver')}`
  let status: number
  try {
    const response = await fetch(url, {
      ...{ method: 'POST', body: '{}', redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) },
      headers: { 'content-type': 'application/json' },
    })
    status = response.status
    await response.body?.cancel()
  } catch (error) {
    const { code = (error as Error).name } = ((error as Error).cause ?? {}) as { code?: string }
    const said = `${url} is not answered (${code})`
    const fix = deployment.isLocal
      ? 'Start it: npm start. A tunnel has to lead to its port.'
      : 'Deploy: npm run deploy'
    return { check, isRight: false, said, fix }
  }
  if (status === 401)
    return { check, isRight: true, said: `${url} is answered, and refuses what is not signed` }
  const said = `${url} answered ${status} to a delivery without a signature, and not 401`
  if (status === 404 || (status >= 300 && status < 400))
    return {
      check,
      isRight: false,
      said,
      fix: `It is not the URL of the receiver, ${deployment.outputs.CallbackUrl}`,
    }
  return { check, isRight: false, said, fix: logs }
}
