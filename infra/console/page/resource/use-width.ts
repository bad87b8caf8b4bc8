import { useEffect, useRef, useState } from 'preact/hooks'

/** How wide an element is, in pixels. */
export function useWidth() {
  const place = useRef<HTMLElement>(null)
  const [width, setWidth] = useState(320)
  useEffect(() => {
    const element = place.current
    if (!element) return
    const observer = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [place, width] as const
}
