import { expect, it } from 'vitest'
import { connectedWorld } from './deployed-world.ts'
import { startServer } from './start-server.ts'

it('says what to do when CloudFormation or the table is denied', async (context) => {
  const world = await connectedWorld(context)
  const denied = await startServer((target) =>
    target === undefined
      ? {
          status: 403,
          body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>User x is not authorized to do it</Message></Error></ErrorResponse>',
        }
      : {
          status: 400,
          body: '{"__type":"AccessDeniedException","Message":"User x is not authorized to do it"}',
        },
  )
  context.onTestFinished(denied.stop)
  for (const service of ['CLOUDFORMATION', 'DYNAMODB']) {
    const env = { [`AWS_ENDPOINT_URL_${service}`]: denied.url }
    const { code, stdout, stderr } = await world.run(['accounts', 'list'], { env })
    expect([code, stdout], service).toEqual([1, ''])
    expect(stderr).toMatch(
      /^Cannot (ask|call) AWS.*: User x is not authorized to do it\. Get that permission, or .*--profile NAME\.\n$/,
    )
  }
})
