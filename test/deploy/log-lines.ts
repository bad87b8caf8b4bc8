import type { Emulator } from './emulator.ts'

/** What the functions have logged, one text. MiniStack writes no JSON records, but what `console` makes of the objects. */
export async function logLines(emulator: Emulator): Promise<string> {
  const { logGroups } = await call<{ logGroups: { logGroupName: string }[] }>(
    emulator,
    'DescribeLogGroups',
    {},
  )
  const messages: string[] = []
  for (const { logGroupName } of logGroups) {
    const page = { logGroupName, limit: 10_000 }
    const { events } = await call<{ events: { message: string }[] }>(emulator, 'FilterLogEvents', page)
    messages.push(...events.map(({ message }) => message))
  }
  return messages.join('\n')
}

/** One call does not deserve an SDK client of its own: MiniStack takes this key without a signature. */
async function call<T>({ client }: Emulator, operation: string, input: object): Promise<T> {
  const scope = `${client.credentials.accessKeyId}/20260101/${client.region}/logs/aws4_request`
  const answer = await fetch(client.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Logs_20140328.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(input),
  })
  if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}
