import { guid } from './notifications.ts'

const words =
  'Alder Birch Cedar Dalton Ellery Fenwick Garrison Holloway Iverson Jameson Kessler Langford Merritt Norwood Osborne Prescott Redford Sheffield Thornton Underhill Vaughn Whitaker Yardley deposit lease clause hearing notice agent vendor title survey deed'.split(
    ' ',
  )
const guids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/
const tokens = /("(?:[^"\\]|\\.)*"\s*:)|"(?:[^"\\]|\\.)*"|\d{17,}/g
const plain = /^"(Contacts|Staff|Matters|MatterTypes|Branches|API|Smokeball|Open|error|noop|[a-z]+\.[a-z]+)"$/
const parts = new RegExp(
  `(${guids.source})|(\\d{4}-\\d\\d-\\d\\d)|(matters|roles|relationships|info)|([A-Za-z]{3,})|(\\d)`,
  'g',
)

/**
 * A notification with the same members, and with other ids, names, numbers and days of about the same lengths: what a codec that
 * was made from samples does with what it has not seen. The same in every run.
 */
export function withOtherValues(text: string): string {
  let count = 0
  const random = (below: number) => Number.parseInt(guid(`other ${count++}`).slice(0, 6), 16) % below
  const digit = () => String(random(10))
  const day = () =>
    `${1950 + random(76)}-${String(1 + random(12)).padStart(2, '0')}-${String(1 + random(28)).padStart(2, '0')}`
  return text.replace(tokens, (token, name) => {
    if (name || plain.test(token)) return token
    if (!token.startsWith('"')) return token.slice(0, 3) + token.slice(3).replace(/\d/g, digit)
    return token.replace(parts, (part, id, date, path, word) => {
      if (id) return guid(`other ${count++}`)
      if (date) return day()
      if (path) return part
      return word ? (words[random(words.length)] ?? '') : digit()
    })
  })
}
