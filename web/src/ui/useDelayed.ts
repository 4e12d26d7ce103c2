// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from 'react'

/**
 * The text of a field that goes to the address when typing pauses. When the address changes otherwise
 * (back, a link), the field shows what it says.
 */
export function useDelayed(
  value: string,
  commit: (text: string) => void,
  ms = 250,
): [string, (text: string) => void, () => void] {
  const [typed, setTyped] = useState({ text: value, over: value })
  const send = useRef(commit)
  useEffect(() => {
    send.current = commit
  })
  const text = typed.over === value ? typed.text : value
  const waiting = text !== value
  useEffect(() => {
    if (!waiting) return
    const timer = setTimeout(() => send.current(text), ms)
    return () => clearTimeout(timer)
  }, [text, waiting, ms])
  return [
    text,
    (next) => setTyped({ text: next, over: value }),
    () => {
      if (waiting) commit(text)
    },
  ]
}
