import type { Flags } from './swallowed-flags.ts'

const pair = /^[^-].*=/

/**
 * Flags of `cdk synth`, `diff`, `deploy` and `destroy` that npm takes for itself without `--`: all that have a value, and
 * the switches that change what is deployed. Those of npm's own settings (`proxy`, `progress`, `yes`) are not among them:
 * they may stand in an .npmrc.
 */
export const cdkFlags: Flags = {
  'require-approval': { type: 'string', looksLike: /^(never|any-change|broadening)$/ },
  context: { type: 'string', looksLike: pair },
  parameters: { type: 'string', looksLike: pair },
  tags: { type: 'string', looksLike: pair },
  method: { type: 'string', looksLike: /^(direct|auto|template|(prepare-|execute-)?change-set)$/ },
  app: { type: 'string' },
  'asset-build-concurrency': { type: 'string', looksLike: /^\d+$/ },
  'build-exclude': { type: 'string' },
  'ca-bundle-path': { type: 'string' },
  'change-set-name': { type: 'string' },
  concurrency: { type: 'string', looksLike: /^\d+$/ },
  'context-lines': { type: 'string', looksLike: /^\d+$/ },
  'fail-on': { type: 'string' },
  'hotswap-ecs-maximum-healthy-percent': { type: 'string', looksLike: /^\d+$/ },
  'hotswap-ecs-minimum-healthy-percent': { type: 'string', looksLike: /^\d+$/ },
  'hotswap-ecs-stabilization-timeout-seconds': { type: 'string', looksLike: /^\d+$/ },
  'monitoring-time-minutes': { type: 'string', looksLike: /^\d+$/ },
  'notification-arns': { type: 'string', looksLike: /^arn:/ },
  output: { type: 'string' },
  'outputs-file': { type: 'string' },
  plugin: { type: 'string' },
  region: { type: 'string', looksLike: /^[a-z]+(-[a-z]+)+-\d$/ },
  'role-arn': { type: 'string', looksLike: /^arn:/ },
  'rollback-trigger-alarm-arns': { type: 'string', looksLike: /^arn:/ },
  'telemetry-file': { type: 'string' },
  template: { type: 'string' },
  'toolkit-stack-name': { type: 'string' },
  unstable: { type: 'string' },
  exclusively: { type: 'boolean' },
  express: { type: 'boolean' },
  fail: { type: 'boolean' },
  force: { type: 'boolean' },
  hotswap: { type: 'boolean' },
  'hotswap-fallback': { type: 'boolean' },
  'no-execute': { type: 'boolean' },
  'no-rollback': { type: 'boolean' },
  'revert-drift': { type: 'boolean' },
  strict: { type: 'boolean' },
  watch: { type: 'boolean' },
}
