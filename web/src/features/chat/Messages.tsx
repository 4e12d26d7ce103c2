// SPDX-License-Identifier: Apache-2.0
/* The messages of a branch, as they scroll: older ones are loaded above without moving what is read,
 * and the newest stays in sight while it grows, if it was in sight. */
import { ArrowDown } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react'
import { useTexts } from '@/i18n'
import { Button, IconButton } from '@/ui'
import styles from './Chat.module.css'
import { chatTexts } from './texts'

interface MessagesProps {
  label: string
  /** The id of the oldest message that is loaded. */
  first: string | undefined
  hasOlder: boolean
  isLoadingOlder: boolean
  onOlder: () => void
  /** Changes whenever there is more to see at the end. */
  growth: string
  /** A message to scroll to, instead of the end. */
  hit: string | null
  children: ReactNode
}

const atEndPx = 60

/** The element at the upper edge of what is in sight, and where it is. */
function anchorOf(box: HTMLElement): { element: Element; top: number } | null {
  const edge = box.getBoundingClientRect()
  const at = document.elementFromPoint(edge.left + edge.width / 2, edge.top + 8)
  const inMessage = at?.closest('[id^="message-"]') != null && box.contains(at)
  const element = inMessage
    ? at
    : [...box.querySelectorAll('[id^="message-"]')].find(
        (each) => each.getBoundingClientRect().bottom > edge.top,
      )
  return element == null ? null : { element, top: element.getBoundingClientRect().top - edge.top }
}

/** After a change of what is in it or of its size: the end stays the end, and what is read stays there. */
function keepPlace(box: HTMLElement, follows: boolean, anchor: ReturnType<typeof anchorOf>): void {
  if (follows) box.scrollTop = box.scrollHeight
  else if (anchor !== null && anchor.element.isConnected)
    box.scrollTop += anchor.element.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.top
}

export function Messages(props: MessagesProps) {
  const { label, first, hasOlder, isLoadingOlder, onOlder, growth, hit, children } = props
  const t = useTexts(chatTexts)
  const scroller = useRef<HTMLDivElement>(null)
  const follows = useRef(hit === null)
  const anchor = useRef<{ element: Element; top: number } | null>(null)
  const shownHit = useRef<string | null>(null)
  const [isAtEnd, setIsAtEnd] = useState(true)

  useLayoutEffect(() => {
    const box = scroller.current
    if (box !== null) keepPlace(box, follows.current, anchor.current)
  }, [first, growth])

  useEffect(() => {
    const box = scroller.current
    if (box === null) return
    const observer = new ResizeObserver(() => keepPlace(box, follows.current, anchor.current))
    observer.observe(box)
    return () => observer.disconnect()
  }, [])

  useEffect(() => {
    if (hit === null || hit === shownHit.current) return
    const element = document.getElementById(`message-${hit}`)
    if (element === null) return
    shownHit.current = hit
    follows.current = false
    element.scrollIntoView({ block: 'start' })
  }, [hit, first, growth])

  const scroll = () => {
    const box = scroller.current
    if (box === null) return
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < atEndPx
    follows.current = atEnd
    anchor.current = anchorOf(box)
    setIsAtEnd(atEnd)
    if (box.scrollTop < 400 && hasOlder && !isLoadingOlder) onOlder()
  }
  return (
    <div className={styles.scrolled}>
      <div
        className={styles.scroller}
        ref={scroller}
        onScroll={scroll}
        tabIndex={0}
        aria-label={label}
        role="region"
      >
        <ol className={styles.messages}>
          {hasOlder && (
            <li className={styles.older}>
              <Button kind="quiet" busy={isLoadingOlder} onClick={onOlder}>
                {isLoadingOlder ? t.loadingOlder : t.older}
              </Button>
            </li>
          )}
          {children}
        </ol>
      </div>
      {!isAtEnd && (
        <IconButton
          className={styles.toEnd}
          kind="plain"
          label={t.toNewest}
          icon={<ArrowDown size={16} />}
          onClick={() => {
            const box = scroller.current
            follows.current = true
            box?.scrollTo({ top: box.scrollHeight })
          }}
        />
      )}
    </div>
  )
}
