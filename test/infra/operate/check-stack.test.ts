import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { checkAlarms, checkConcurrency } from '../../../infra/operate/diagnosis/check-stack.ts'
import { checkReservable } from '../../../infra/operate/reserved-concurrency.ts'
import { startServer } from '../cli/start-server.ts'

const { signal } = new AbortController()
const topicArn = 'arn:aws:sns:eu-west-1:111122223333:Alarms'

afterEach(() => void vi.unstubAllEnvs())

/** Lambda as it answers an account of this size, whose handling takes up to seven invocations. */
function lambdaOf(limit: { all: number; unreserved?: number; ofReceiver?: number } | Error) {
  const answers: Record<string, object> =
    limit instanceof Error
      ? {}
      : {
          GetAccountSettingsCommand: {
            AccountLimit: {
              ConcurrentExecutions: limit.all,
              UnreservedConcurrentExecutions: limit.unreserved ?? limit.all,
            },
          },
          GetFunctionConcurrencyCommand: { ReservedConcurrentExecutions: limit.ofReceiver },
          ListEventSourceMappingsCommand: {
            EventSourceMappings: [5, 2].map((MaximumConcurrency) => ({
              ScalingConfig: { MaximumConcurrency },
            })),
          },
        }
  const send = async (command: object) => {
    if (limit instanceof Error) throw limit
    return answers[command.constructor.name]
  }
  return { send } as unknown as Parameters<typeof checkConcurrency>[0]['lambda']
}

const denied = Object.assign(new Error('not allowed'), { name: 'AccessDeniedException' })
const outputs = { ConsumerName: 'consumer' }

it('an account of ten has two invocations left for the receiver, and is told what to ask AWS for', async () => {
  const found = await checkConcurrency({ lambda: lambdaOf({ all: 10 }), outputs }, signal)
  expect(found.isRight).toBe(true)
  expect(found.said).toMatch(/no more than 10 .* take 7 of them and the keeper 1, so that 2 may be left/)
  expect(found.fix).toMatch(/: aws service-quotas request-service-quota-increase .* L-B99A9384 /)
})

it('an account of 100 or more has nothing to be told', async () => {
  for (const all of [100, 1000])
    expect(await checkConcurrency({ lambda: lambdaOf({ all }), outputs }, signal)).not.toHaveProperty('fix')
})

it('who may not ask for the concurrency gets a hint, and no failure', async () => {
  expect(await checkConcurrency({ lambda: lambdaOf(denied), outputs }, signal)).toMatchObject({
    isRight: true,
    said: expect.stringMatching(/did not tell how many .* \(AccessDeniedException\)$/),
    fix: expect.stringMatching(/lambda:GetAccountSettings/),
  })
})

it.each<[string, Parameters<typeof lambdaOf>[0], string | undefined, RegExp | undefined]>([
  ['that the account has', { all: 1000 }, undefined, undefined],
  ['that leaves 100', { all: 150 }, undefined, undefined],
  [
    'that leaves 99',
    { all: 149 },
    undefined,
    /is 50, and this account can reserve 49: AWS keeps 100 .*at most 49/,
  ],
  ['of a new account', { all: 10 }, undefined, /can reserve 0: .* Reserve none, or ask AWS for more: aws /],
  ['that the receiver has already', { all: 150, unreserved: 100, ofReceiver: 50 }, 'receiver', undefined],
  ['that others have', { all: 150, unreserved: 100 }, 'receiver', /can reserve 0/],
  ['of which AWS does not tell', denied, undefined, undefined],
])('a reservation %s', async (_, limit, receiverName, refused) => {
  const checked = checkReservable({ lambda: lambdaOf(limit), wanted: 50, receiverName }, signal)
  if (refused) await expect(checked).rejects.toThrow(refused)
  else await expect(checked).resolves.toBeUndefined()
})

it('nothing is asked where nothing is to be reserved', async () => {
  const lambda = lambdaOf({ all: 10 })
  await expect(
    checkReservable({ lambda, wanted: undefined, receiverName: 'r' }, signal),
  ).resolves.toBeUndefined()
})

/** SNS as it lists subscriptions with these ARNs, on two pages. */
async function sns(...arns: string[]): Promise<void> {
  const pageOf = (some: string[], more: string) =>
    `<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>${some
      .map((arn) => `<member><SubscriptionArn>${arn}</SubscriptionArn></member>`)
      .join('')}</Subscriptions>${more}</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>`
  const server = await startServer((_, body) => {
    expect(body).toContain(`TopicArn=${encodeURIComponent(topicArn)}`)
    const isSecond = body.includes('NextToken=second')
    const page = isSecond
      ? pageOf(arns.slice(1), '')
      : pageOf(arns.slice(0, 1), '<NextToken>second</NextToken>')
    return { status: 200, body: page }
  })
  onTestFinished(server.stop)
  at(server.url)
}

function at(url: string): void {
  vi.stubEnv('AWS_ENDPOINT_URL_SNS', url)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b')
}

it('alarms are told once a subscription is confirmed, on whatever page it stands', async () => {
  await sns('PendingConfirmation', `${topicArn}:1`)
  const found = await checkAlarms(topicArn, signal)
  expect(found).toMatchObject({ isRight: true, said: expect.stringMatching(/told to 1 subscription/) })
  expect(found).not.toHaveProperty('fix')
})

it.each<[string, string[], RegExp, RegExp]>([
  [
    'nobody is subscribed',
    [],
    /^nobody is told of alarms$/,
    /alarmEmails.*aws sns subscribe --topic-arn arn:/,
  ],
  ['a subscription was deleted', ['Deleted'], /^nobody is told of alarms$/, /alarmEmails/],
  [
    'nobody has confirmed',
    ['PendingConfirmation'],
    /1 subscription\(s\) wait to be confirmed/,
    /Follow the link/,
  ],
])('where %s, nobody is told of alarms', async (_, arns, said, fix) => {
  await sns(...arns)
  expect(await checkAlarms(topicArn, signal)).toMatchObject({
    isRight: true,
    said: expect.stringMatching(said),
    fix: expect.stringMatching(fix),
  })
})

it('who may not ask for the subscriptions gets a hint, and no failure', async () => {
  const server = await startServer(() => ({
    status: 403,
    body: '<ErrorResponse><Error><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>',
  }))
  onTestFinished(server.stop)
  at(server.url)
  expect(await checkAlarms(topicArn, signal)).toMatchObject({
    isRight: true,
    said: expect.stringMatching(/did not tell whether anybody is told of alarms \(AuthorizationError/),
    fix: expect.stringMatching(/sns:ListSubscriptionsByTopic/),
  })
})

it('a stack without alarms needs nobody', async () => {
  expect(await checkAlarms(undefined, signal)).toEqual({
    check: 'alarms',
    isRight: true,
    said: 'the stack has none',
  })
})
