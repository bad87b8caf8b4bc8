import { GetFunctionConcurrencyCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { UsageError } from '../terminal/usage-error.ts'
import { accountConcurrency, askForConcurrency, unreservedAtLeast } from './diagnosis/check-stack.ts'

export interface ReservedConcurrency {
  lambda: Pick<LambdaClient, 'send'>
  /** `receiver.reservedConcurrency`, if it is set. */
  wanted: number | undefined
  /** Undefined: there is none yet. */
  receiverName: string | undefined
}

/**
 * Throws `UsageError` where AWS would refuse what is to be reserved for the receiver, after it has made half of the stack. Where
 * AWS does not tell, the deployment shows it.
 */
export async function checkReservable(
  { lambda, wanted, receiverName }: ReservedConcurrency,
  signal: AbortSignal,
): Promise<void> {
  if (wanted === undefined) return
  let most: number
  try {
    const { unreserved } = await accountConcurrency({ lambda }, signal)
    most = unreserved + (await reservedFor(lambda, receiverName, signal)) - unreservedAtLeast
  } catch {
    return
  }
  if (wanted <= most) return
  const fix = most > 0 ? `Reserve at most ${most}` : 'Reserve none'
  throw new UsageError(
    `receiver.reservedConcurrency is ${wanted}, and this account can reserve ${Math.max(0, most)}: AWS keeps ${unreservedAtLeast} ` +
      `invocations for the functions that reserve none. ${fix}, or ask AWS for more: ${askForConcurrency}`,
  )
}

async function reservedFor(
  lambda: ReservedConcurrency['lambda'],
  receiverName: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  if (receiverName === undefined) return 0
  const get = new GetFunctionConcurrencyCommand({ FunctionName: receiverName })
  return (await lambda.send(get, { abortSignal: signal })).ReservedConcurrentExecutions ?? 0
}
