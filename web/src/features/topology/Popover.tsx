// SPDX-License-Identifier: Apache-2.0
/* A button that opens a small panel below it; a click elsewhere or Escape closes it. */
import { useEffect, useId, useRef, useState, type ReactNode } from 'react'
import { Button, classes } from '@/ui'
import styles from './Topology.module.css'

interface PopoverProps {
  label: ReactNode
  icon: ReactNode
  name: string
  small?: boolean
  busy?: boolean
  menu?: boolean
  children: (close: () => void) => ReactNode
}

export function Popover({
  label,
  icon,
  name,
  small = false,
  busy = false,
  menu = false,
  children,
}: PopoverProps) {
  const [open, setOpen] = useState(false)
  const whole = useRef<HTMLDivElement>(null)
  const id = useId()
  useEffect(() => {
    if (!open) return
    const outside = (event: PointerEvent) => {
      if (event.target instanceof Node && whole.current?.contains(event.target) !== true) setOpen(false)
    }
    const escape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      setOpen(false)
      whole.current?.querySelector('button')?.focus()
    }
    document.addEventListener('pointerdown', outside)
    document.addEventListener('keydown', escape)
    return () => {
      document.removeEventListener('pointerdown', outside)
      document.removeEventListener('keydown', escape)
    }
  }, [open])
  return (
    <div className={styles.pop} ref={whole}>
      <Button
        className={small ? styles.small : undefined}
        icon={icon}
        busy={busy}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {label}
      </Button>
      {open && (
        <div id={id} role="group" aria-label={name} className={classes(styles.popBody, menu && styles.menu)}>
          {children(() => setOpen(false))}
        </div>
      )}
    </div>
  )
}
