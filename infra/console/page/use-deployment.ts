import { useEffect } from 'preact/hooks'
import { consoleApi, type Deployment } from './api/console-api.ts'
import { shutOutText } from './api/shut-out-text.ts'
import { useLive } from './live/use-live.ts'
import { useAnswer } from './use-answer.ts'

/** Which deployment this is, and its handlers: others after a reload or a deployment. */
export function useDeployment(): { deployment: Deployment | undefined; problem: string | undefined } {
  const { answer: deployment, problem, ask } = useAnswer(consoleApi.deployment, 'deployment')
  const live = useLive(({ isBack }) => isBack && ask())
  const handlers = live.status?.handlers
  useEffect(() => {
    if (handlers !== undefined) ask()
  }, [handlers])
  return { deployment, problem: live.connection === 'shut out' ? shutOutText : problem }
}
