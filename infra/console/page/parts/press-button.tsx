import type { ComponentChildren } from 'preact'

interface Props {
  onPress(): void
  /** It does nothing just now. It keeps the focus all the same, which a disabled button loses. */
  isOff?: boolean | undefined
  'aria-describedby'?: string
  children: ComponentChildren
}

/** A button that stays where the keyboard is, whatever its press leads to. */
export function PressButton({ onPress, isOff = false, ...rest }: Props) {
  return <button {...rest} type="button" aria-disabled={isOff} onClick={() => isOff || onPress()} />
}
