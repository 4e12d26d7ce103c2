// SPDX-License-Identifier: Apache-2.0
/* Short messages in the corner, which screen readers speak, with a way back where there is one. */
import { X } from 'lucide-react'
import { createContext, useCallback, useContext, useRef, useState, type ReactNode } from 'react'
import { useTexts } from '@/i18n'
import { Button, IconButton } from '.'
import { uiTexts } from './texts'
import styles from './ui.module.css'

interface Toast {
  id: number
  text: string
  undo?: () => void
}

const ToastContext = createContext<(text: string, undo?: () => void) => void>(() => {})
const shownMs = 6_000

export function ToastProvider({ children }: { children: ReactNode }) {
  const t = useTexts(uiTexts)
  const [toasts, setToasts] = useState<Toast[]>([])
  const next = useRef(0)
  const remove = useCallback((id: number) => setToasts((now) => now.filter((toast) => toast.id !== id)), [])
  const show = useCallback(
    (text: string, undo?: () => void) => {
      const id = next.current++
      setToasts((now) => [...now.slice(-3), undo === undefined ? { id, text } : { id, text, undo }])
      setTimeout(() => remove(id), shownMs)
    },
    [remove],
  )
  return (
    <ToastContext value={show}>
      {children}
      <div className={styles.toasts} role="status" aria-live="polite">
        {toasts.map((toast) => (
          <div key={toast.id} className={styles.toast}>
            <span>{toast.text}</span>
            {toast.undo !== undefined && (
              <Button
                kind="quiet"
                onClick={() => {
                  toast.undo?.()
                  remove(toast.id)
                }}
              >
                {t.undo}
              </Button>
            )}
            <IconButton label={t.close} icon={<X size={14} />} onClick={() => remove(toast.id)} />
          </div>
        ))}
      </div>
    </ToastContext>
  )
}

/** toast(text) or toast(text, undo): shown for six seconds. */
export function useToast() {
  return useContext(ToastContext)
}
