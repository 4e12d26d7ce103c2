// SPDX-License-Identifier: Apache-2.0
/* The versions of a message: questions in other words, answers made again. Each begins a branch. */
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useTexts } from '@/i18n'
import { IconButton } from '@/ui'
import styles from './Message.module.css'
import { chatTexts } from './texts'
import type { Message } from './types'

interface VersionsProps {
  message: Message
  onSwitch: (message: Message, sibling: string) => void
}

export function Versions({ message, onSwitch }: VersionsProps) {
  const t = useTexts(chatTexts)
  const siblings = message.siblings ?? []
  const at = siblings.indexOf(message.id)
  if (siblings.length < 2 || at < 0) return null
  const [former, next] = [siblings[at - 1], siblings[at + 1]]
  return (
    <span className={styles.versions} role="group" aria-label={t.branchOf(at + 1, siblings.length)}>
      <IconButton
        label={t.earlierVersion}
        icon={<ChevronLeft size={14} />}
        disabled={former === undefined}
        onClick={() => former !== undefined && onSwitch(message, former)}
      />
      <span>
        {at + 1}/{siblings.length}
      </span>
      <IconButton
        label={t.laterVersion}
        icon={<ChevronRight size={14} />}
        disabled={next === undefined}
        onClick={() => next !== undefined && onSwitch(message, next)}
      />
    </span>
  )
}
