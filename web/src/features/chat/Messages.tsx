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
  /** A message to go to when it is there. */
  target: string | null
  /** A question was asked just now: it is brought into sight, wherever one was reading. */
  isAsking: boolean
  children: ReactNode
}

const atEndPx = 60
const questionTopPx = 14
const targetTopPx = 40

/** Unlike scrollIntoView(), what is computed by it scrolls nothing around the box. */
function offsetIn(box: HTMLElement, element: Element): number {
  return element.getBoundingClientRect().top - box.getBoundingClientRect().top
}

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

/** While an answer grows, its question goes up to the edge and stays there, so that one reads from the
 * beginning; or the end is followed, where it was scrolled to. */
type Following = 'question' | 'end' | null

/** After a change of what is in it or of its size: what is read stays where it is. Returns the place. */
function keepPlace(box: HTMLElement, follows: Following, anchor: ReturnType<typeof anchorOf>): number {
  const question = [...box.querySelectorAll('[data-question]')].at(-1)
  if (follows === 'end' || (follows === 'question' && question === undefined))
    box.scrollTop = box.scrollHeight
  else if (follows === 'question' && question !== undefined)
    box.scrollTop += offsetIn(box, question) - questionTopPx
  else if (anchor !== null && anchor.element.isConnected)
    box.scrollTop += offsetIn(box, anchor.element) - anchor.top
  return box.scrollTop
}

export function Messages(props: MessagesProps) {
  const { label, first, hasOlder, isLoadingOlder, onOlder, growth, target, isAsking, children } = props
  const t = useTexts(chatTexts)
  const scroller = useRef<HTMLDivElement>(null)
  const follows = useRef<Following>('question')
  const setTop = useRef(0)
  const anchor = useRef<{ element: Element; top: number } | null>(null)
  const shownTarget = useRef<string | null>(null)
  const [isAtEnd, setIsAtEnd] = useState(true)

  useLayoutEffect(() => {
    const box = scroller.current
    if (box === null) return
    if (isAsking) follows.current = 'question'
    setTop.current = keepPlace(box, follows.current, anchor.current)
  }, [first, growth, isAsking])

  useEffect(() => {
    const box = scroller.current
    if (box === null) return
    const observer = new ResizeObserver(() => {
      setTop.current = keepPlace(box, follows.current, anchor.current)
    })
    observer.observe(box)
    return () => observer.disconnect()
  }, [])

  useEffect(() => {
    if (target === null || target === shownTarget.current) return
    const message = document.getElementById(`message-${target}`)
    if (message === null) return
    shownTarget.current = target
    follows.current = null
    const chip = message.querySelector(`[data-cite][aria-pressed='true']`)
    const box = scroller.current
    if (box === null) return
    box.scrollTop +=
      chip === null ? offsetIn(box, message) - targetTopPx : offsetIn(box, chip) - box.clientHeight / 2
  }, [target, first, growth])

  const scroll = () => {
    const box = scroller.current
    if (box === null) return
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < atEndPx
    // What this page has scrolled itself changes nothing.
    if (Math.abs(box.scrollTop - setTop.current) > 2) follows.current = atEnd ? 'end' : null
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
            follows.current = 'end'
            box?.scrollTo({ top: box.scrollHeight })
          }}
        />
      )}
    </div>
  )
}
