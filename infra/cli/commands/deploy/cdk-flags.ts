/** The CDK's commands that this project runs for the stack of a stage. */
export const cdkVerbs = ['synth', 'diff', 'deploy', 'destroy'] as const

/**
 * The CDK's own flags: those that have a value, and the switches that change what is deployed. Switches that npm knows
 * itself (`proxy`, `progress`, `yes`) are not among them: they may stand in an .npmrc.
 */
export const cdkFlags = {
  values: [
    'require-approval',
    'parameters',
    'tags',
    'method',
    'app',
    'asset-build-concurrency',
    'build-exclude',
    'ca-bundle-path',
    'change-set-name',
    'concurrency',
    'context-lines',
    'fail-on',
    'notification-arns',
    'hotswap-ecs-maximum-healthy-percent',
    'hotswap-ecs-minimum-healthy-percent',
    'hotswap-ecs-stabilization-timeout-seconds',
    'monitoring-time-minutes',
    'output',
    'outputs-file',
    'plugin',
    'role-arn',
    'rollback-trigger-alarm-arns',
    'telemetry-file',
    'template',
    'toolkit-stack-name',
    'unstable',
  ],
  switches: [
    'exclusively',
    'express',
    'fail',
    'force',
    'hotswap',
    'hotswap-fallback',
    'no-execute',
    'no-rollback',
    'revert-drift',
    'strict',
    'watch',
  ],
} as const
