// SPDX-License-Identifier: Apache-2.0
/* Light, dark, or as the system has it. */
import { useCallback, useState } from 'react'

export type Theme = 'system' | 'light' | 'dark'
const key = 'netguru.theme'

function keptTheme(): Theme {
  const kept = localStorage.getItem(key)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

export function startTheme(): void {
  apply(keptTheme())
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(keptTheme)
  const choose = useCallback((chosen: Theme) => {
    localStorage.setItem(key, chosen)
    apply(chosen)
    setTheme(chosen)
  }, [])
  return [theme, choose]
}
