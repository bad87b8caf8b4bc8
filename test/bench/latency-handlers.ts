import { on } from '../../shared/webhooks.ts'

/** Tells when it starts, by a clock that all processes of this machine have. */
export default [
  on('*', { name: 'measured' }, ({ payload }) => {
    console.info(`started ${(payload as { id: string }).id} ${performance.timeOrigin + performance.now()}`)
  }),
]
