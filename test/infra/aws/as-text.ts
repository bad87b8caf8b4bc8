/** A template's value as text: references by the logical id below the construct, `<QueuesEvents>` or `<QueuesEvents.QueueName>`. */
export function asText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>
  if (join) {
    const [separator, parts] = join as [string, unknown[]]
    return parts.map(asText).join(separator)
  }
  const [id, ...rest] = (attribute as string[] | undefined) ?? [String(Ref)]
  return `<${[shortId(String(id)), ...rest].join('.')}>`
}

/** What is left without the construct's own id and CloudFormation's hash. */
export function shortId(logicalId: string): string {
  return logicalId.replace(/^Webhooks/, '').replace(/[0-9A-F]{8}$/, '')
}
