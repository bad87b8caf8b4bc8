import { readFileSync } from 'node:fs'
import type * as z from 'zod'
import { handlerSettings, stackSettings } from '../../settings/settings-schema.ts'

/** Where the texts of the settings are: in the comments that editors show. */
const types = readFileSync(new URL('../../settings/settings.ts', import.meta.url), 'utf8')

/** A setting with its comment: what it is for, and what it is by default. */
export interface SettingText {
  name: string
  text: string
  byDefault: string
}

/** The settings that have a comment with a default, in the order of the file. */
export const settingTexts: readonly SettingText[] = [
  ...types.matchAll(/ {2}\/\*\*\n((?: {3}\*.*\n)+?) {3}\*\/\n {2}(?:readonly )?(\w+)/g),
].map(([, comment = '', name = '']) => {
  const [text = '', byDefault = ''] = comment.replaceAll(/\s*\n? {3}\* /g, ' ').split('@default ')
  return { name, text: text.trim(), byDefault: byDefault.trim() }
})

/** What a setting may be, in the words of the message that refuses anything else. */
function allowedFor(schema: z.ZodType): string {
  // No setting takes a symbol.
  return schema.safeParse(Symbol('refused')).error?.issues[0]?.message ?? ''
}

function tableOf(group: z.ZodObject): string[] {
  const rows = Object.entries(group.shape).flatMap(([name, schema]) => {
    if (schema === handlerSettings.shape.stack) return []
    const { text = '', byDefault = '' } = settingTexts.find((one) => one.name === name) ?? {}
    return [`| \`${name}\` | ${text} | ${allowedFor(schema as z.ZodType)} | ${byDefault} |`]
  })
  return ['| setting | what it is for | what it takes | default |', '| --- | --- | --- | --- |', ...rows]
}

/** docs/settings.md. */
export function settingsPage(): string {
  return [
    '# Settings',
    '',
    'These are the settings of `infra/handlers.ts`. [Configuring](configuring.md) explains them. Whatever a setting does not take is refused before anything is deployed, and by `npm start`.',
    '',
    ...tableOf(handlerSettings),
    '',
    '## `stack`',
    '',
    'These settings are given under `stack`, or as props of the construct in a stack of your own.',
    '',
    ...tableOf(stackSettings),
  ].join('\n')
}
