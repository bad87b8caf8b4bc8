/** Clears the screen, sets its title, colours, goes up a line, rings, turns the line around, and begins an endless sequence. */
export const hostile =
  'evil\u001b[2J\u001b]0;title\u0007\u001b[35mpink\u001b[8m\u009b1A\u0007\b\r\u007f\u0085\u202ecod.exe\u2066\u200f\u001b]8;;https://x.example\u001b\\link\u0090'

/** Those that this project gives to its own lines: bold, dim, red, green, yellow and cyan. */
const ownStyles = ['0', '1', '2', '22', '31', '32', '33', '36', '39'].map((code) => `\u001b[${code}m`)

/** What of a screen is no text: anything but what can be seen, line ends, tabs, and our own styles. */
export function harmIn(screen: string): string[] {
  const unstyled = ownStyles.reduce((text, style) => text.replaceAll(style, ''), screen)
  return unstyled.match(/(?![\n\t])\p{Cc}|\p{Bidi_Control}/gu) ?? []
}
