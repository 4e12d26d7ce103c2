// SPDX-License-Identifier: Apache-2.0
/* Keys that work everywhere outside of fields: g and a letter go to a room, ? shows all keys. */
import { lazy, Suspense, useEffect, useState } from 'react'
import { useNavigate } from 'react-router'

const KeysHelp = lazy(() => import('./KeysHelp'))

/** The letter after g, and where it goes. */
export const roomKeys = {
  h: '/',
  f: '/files',
  i: '/findings',
  t: '/topology',
  c: '/chat',
  s: '/search',
  u: '/usage',
  a: '/account',
  m: '/admin',
} as const

const offKey = 'netguru.keys'
const helpEvent = 'netguru.help'
const waitMs = 1_200

/** Single keys disturb who speaks to the machine, so they can be switched off. */
export function keysAreOn(): boolean {
  return localStorage.getItem(offKey) !== 'off'
}
export function switchKeys(on: boolean): void {
  if (on) localStorage.removeItem(offKey)
  else localStorage.setItem(offKey, 'off')
}

export function openHelp(): void {
  window.dispatchEvent(new Event(helpEvent))
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest('input, textarea, select, dialog, [role=textbox]') !== null)
  )
}

/** What a key means after the one before: a room, the help, or nothing. */
export function meaning(key: string, afterG: boolean): { to: string } | 'help' | 'wait' | null {
  if (afterG && Object.hasOwn(roomKeys, key)) return { to: roomKeys[key as keyof typeof roomKeys] }
  if (key === '?') return 'help'
  return key === 'g' ? 'wait' : null
}

export function Keys() {
  const navigate = useNavigate()
  const [help, setHelp] = useState(false)
  useEffect(() => {
    let waitingUntil = 0
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (isTyping(event.target) || !keysAreOn()) return
      const what = meaning(event.key, event.timeStamp < waitingUntil)
      waitingUntil = what === 'wait' ? event.timeStamp + waitMs : 0
      if (what === null || what === 'wait') return
      event.preventDefault()
      if (what === 'help') setHelp(true)
      else void navigate(what.to)
    }
    const open = () => setHelp(true)
    window.addEventListener('keydown', press)
    window.addEventListener(helpEvent, open)
    return () => {
      window.removeEventListener('keydown', press)
      window.removeEventListener(helpEvent, open)
    }
  }, [navigate])
  return help ? (
    <Suspense fallback={null}>
      <KeysHelp onClose={() => setHelp(false)} />
    </Suspense>
  ) : null
}
