import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { UsageError } from '../../terminal/usage-error.ts'

/**
 * Sets one profile and one region, in the environment, for the SDK and the CDK alike. By themselves the SDK overlooks
 * AWS_DEFAULT_REGION, and the CDK takes us-east-1 where it finds none
 * (https://docs.aws.amazon.com/cdk/v2/guide/configure-env.html). Throws `UsageError` when a region is needed and there is
 * none.
 */
export async function useAws(options: { profile?: string | undefined; needsRegion: boolean }): Promise<void> {
  const { env } = process
  if (options.profile) env.AWS_PROFILE = options.profile
  // The SDK takes an empty one for a region.
  if (env.AWS_REGION === '') Reflect.deleteProperty(env, 'AWS_REGION')
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || (await regionOfProfile())
  if (region) env.AWS_REGION = region
  else if (options.needsRegion)
    throw new UsageError('Say which region: export AWS_REGION=ap-southeast-2, or set it in the AWS profile.')
}

async function regionOfProfile(): Promise<string | undefined> {
  const client = new CloudFormationClient({})
  try {
    return await client.config.region()
  } catch {
    return undefined
  } finally {
    client.destroy()
  }
}
