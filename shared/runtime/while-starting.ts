import type { SQSClient } from '@aws-sdk/client-sqs'

/**
 * A start waits no longer than this for what is only done ahead. With the seven seconds that a delivery may take then, its
 * sender has an answer within the ten that it waits.
 */
const aheadMs = 1_000

/**
 * Does what the first invocation would begin with while the function starts, all of it at once: Lambda may start a function long
 * before it is invoked. Returns when it is done or has failed, or after a second, and throws nothing: an invocation does for itself
 * what is not done. A module awaits it at its top level, so that nothing is under way while Lambda has the process frozen.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export async function whileStarting(...work: ((signal: AbortSignal) => Promise<unknown>)[]): Promise<void> {
  const signal = AbortSignal.timeout(aheadMs)
  await Promise.allSettled(work.map((each) => each(signal)))
}

/**
 * Opens a connection to the service of a URL, which the client keeps and uses for its first call: by a request that nobody signed,
 * whatever its answer. It needs no right, and costs nothing.
 */
export async function openConnection(
  { config: { requestHandler, urlParser } }: SQSClient,
  url: string,
  abortSignal: AbortSignal,
): Promise<void> {
  const request = { ...urlParser(url), method: 'GET', headers: {} }
  const { response } = await requestHandler.handle(request, { abortSignal })
  // Only a connection whose answer was read is free.
  await response.body.toArray()
}
