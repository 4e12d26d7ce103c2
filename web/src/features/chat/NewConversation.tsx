// SPDX-License-Identifier: Apache-2.0
/* Before the first question: the conversation is made when it is asked. */
import { useQueryClient } from '@tanstack/react-query'
import { MessageSquareText } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { useFiles } from '@/api/queries'
import { chatPath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { LinkButton } from '@/ui'
import styles from './Chat.module.css'
import { useChoice } from './choice'
import { Composer, type ComposerHandle } from './Composer'
import { PendingQuestion } from './ConversationView'
import { examplesFor } from './examples'
import {
  createConversation,
  loadConversation,
  newClientId,
  postQuestion,
  putConversation,
  refreshBranches,
  refreshList,
} from './queries'
import { chatTexts } from './texts'
import type { Conversation, Question } from './types'

interface NewConversationProps {
  initial: { text: string; files: string[] } | undefined
  menu: ReactNode
}

export function NewConversation({ initial, menu }: NewConversationProps) {
  const t = useTexts(chatTexts)
  const navigate = useNavigate()
  const queries = useQueryClient()
  const choice = useChoice()
  const { files, isSuccess } = useFiles()
  const [isPrivate, setIsPrivate] = useState(false)
  const [sending, setSending] = useState<Question | null>(null)
  const made = useRef<Conversation | null>(null)
  const composer = useRef<ComposerHandle>(null)
  useEffect(() => {
    document.title = `${t.title} · NetGuru`
  }, [t])

  const ask = async (question: Question) => {
    setSending(question)
    try {
      // If the question is refused, the conversation that was made for it takes the next one.
      if (made.current === null || made.current.is_private !== isPrivate)
        made.current = await createConversation(isPrivate)
      const { id } = made.current
      await postQuestion(id, question, newClientId())
      putConversation(queries, await loadConversation(id))
      refreshList(queries)
      void refreshBranches(queries, id)
      await navigate(chatPath(id), { replace: true })
    } finally {
      setSending(null)
    }
  }
  const examples = examplesFor(files, t)
  return (
    <div className={styles.column}>
      <header className={styles.head}>
        {menu}
        <h1>
          <span>{t.newConversation}</span>
        </h1>
      </header>
      <div className={styles.scroller}>
        {sending !== null ? (
          <ol className={styles.messages}>
            <PendingQuestion question={sending} />
          </ol>
        ) : (
          <div className={styles.welcome}>
            <MessageSquareText size={26} aria-hidden />
            <h2>{t.welcome}</h2>
            <p>{isSuccess && files.length === 0 ? t.welcomeNoFiles : t.welcomeHint}</p>
            {isSuccess && files.length === 0 && <LinkButton to="/files">{t.toFiles}</LinkButton>}
            <ul className={styles.examples}>
              {examples.map((example) => (
                <li key={example}>
                  <button type="button" onClick={() => composer.current?.fill(example)}>
                    {example}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
      <Composer
        ref={composer}
        place="new"
        initial={initial}
        isBusy={sending !== null}
        isPrivate={isPrivate}
        choice={choice}
        onPrivate={setIsPrivate}
        onAsk={ask}
        onStop={() => {}}
      />
    </div>
  )
}
