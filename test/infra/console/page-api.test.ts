import { expect, it, vi } from 'vitest'
import { consoleApi } from '../../../infra/console/page/api/console-api.ts'

it.for([
  [
    'nothing that answers',
    () => Promise.reject(new TypeError('fetch failed')),
    0,
    /^The console does not answer/,
  ],
  ['its refusal', async () => Response.json({ error: 'Not now.' }, { status: 409 }), 409, /^Not now\.$/],
  ['an old page', async () => Response.json({}, { status: 401 }), 401, /no longer let in/],
] as const)(
  'the page has one code for what the console did not do, and the status of %s',
  async ([, answer, status, message], { onTestFinished }) => {
    const asked = vi.spyOn(globalThis, 'fetch').mockImplementation(answer)
    onTestFinished(() => asked.mockRestore())
    await expect(consoleApi.status()).rejects.toMatchObject({
      code: 'CONSOLE_ERROR',
      status,
      message: expect.stringMatching(message),
    })
  },
)
