import { confirm, isCancel, password, select, text } from '@clack/prompts'
import { harmless, terminal } from '../../terminal/terminal.ts'
import { UsageError } from '../../terminal/usage-error.ts'

/** Whether there is somebody to ask. */
export function isInteractive(): boolean {
  return terminal().stdin.isTTY === true
}

/** stdout is for results. */
function where() {
  const { stdin: input, stderr: output } = terminal()
  return { input, output }
}

type Validate = (value: string) => string | undefined

/** Asks for what is not to be seen. */
export async function askHidden(message: string, validate: Validate): Promise<string> {
  return given<string>(
    await password({ message: harmless(message), validate: (value = '') => validate(value), ...where() }),
  )
}

export async function askText(message: string, validate: Validate): Promise<string> {
  return given<string>(
    await text({ message: harmless(message), validate: (value = '') => validate(value), ...where() }),
  )
}

export async function askOneOf<T extends string>(
  message: string,
  options: { value: T; label: string }[],
): Promise<T> {
  const shown = options.map(({ value, label }) => ({ value, label: harmless(label) }))
  return given(await select<string>({ message: harmless(message), options: shown, ...where() })) as T
}

export async function askWhether(message: string): Promise<boolean> {
  return given<boolean>(await confirm({ message: harmless(message), initialValue: false, ...where() }))
}

function given<T extends string | boolean>(answer: T | symbol): T {
  if (isCancel(answer)) throw new UsageError('Stopped. What was done so far stays; run it again to go on.')
  return answer as T
}
