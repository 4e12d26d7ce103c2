// SPDX-License-Identifier: Apache-2.0
import { useSyncExternalStore } from 'react'

const dark = '(prefers-color-scheme: dark)'

function subscribe(changed: () => void): () => void {
  const list = window.matchMedia(dark)
  const observer = new MutationObserver(changed)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  list.addEventListener('change', changed)
  return () => {
    observer.disconnect()
    list.removeEventListener('change', changed)
  }
}

/** The theme that is shown: changes with the choice of the user and with that of the system. */
export function useThemeName(): string {
  return useSyncExternalStore(
    subscribe,
    () => document.documentElement.dataset.theme ?? (window.matchMedia(dark).matches ? 'dark' : 'light'),
  )
}
