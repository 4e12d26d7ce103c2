// SPDX-License-Identifier: Apache-2.0
/* All conversations, last used first, and the search in their messages. */
import { Lock, Pencil, Plus, Trash2 } from 'lucide-react'
import { useDeferredValue, useEffect, useLayoutEffect, useRef, useState, type UIEvent } from 'react'
import { Link } from 'react-router'
import { chatPath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, classes, ErrorView, IconButton, Input, LinkButton, Loading, Time } from '@/ui'
import styles from './ConversationList.module.css'
import { useDeletions } from './deletions'
import { useChangeConversation, useConversations, useMessageSearch } from './queries'
import { chatTexts } from './texts'
import { titleOf, type Conversation } from './types'
import { useDelete } from './useDelete'

/** Where the list was scrolled to and what was looked for: the room is drawn anew for each conversation,
 * and one goes from one hit to the next. */
let scrolledTo = 0
let lookedFor = ''

export function RenameInput({ conversation, onDone }: { conversation: Conversation; onDone: () => void }) {
  const t = useTexts(chatTexts)
  const change = useChangeConversation(conversation.id)
  const [title, setTitle] = useState(titleOf(conversation, ''))
  const store = () => {
    const trimmed = title.trim()
    if (trimmed !== '' && trimmed !== conversation.title) change.mutate({ title: trimmed })
    onDone()
  }
  return (
    <Input
      autoFocus
      aria-label={t.renamed}
      maxLength={255}
      value={title}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setTitle(event.target.value)}
      onBlur={store}
      onKeyDown={(event) => {
        if (event.key === 'Enter') store()
        if (event.key === 'Escape') onDone()
      }}
    />
  )
}

function Row({ conversation, isOpen }: { conversation: Conversation; isOpen: boolean }) {
  const t = useTexts(chatTexts)
  const remove = useDelete()
  const [isRenaming, setIsRenaming] = useState(false)
  if (isRenaming)
    return (
      <li className={styles.row}>
        <RenameInput conversation={conversation} onDone={() => setIsRenaming(false)} />
      </li>
    )
  return (
    <li className={styles.row}>
      <Link
        to={chatPath(conversation.id)}
        className={styles.link}
        aria-current={isOpen ? 'page' : undefined}
        title={titleOf(conversation, t.untitled)}
      >
        <span className={styles.name}>{titleOf(conversation, t.untitled)}</span>
        <span className={styles.when}>
          {conversation.is_private === true && <Lock size={11} aria-label={t.private} />}
          {conversation.running != null ? t.writing : <Time at={conversation.updated_at} relative />}
        </span>
      </Link>
      <span className={styles.actions}>
        <IconButton label={t.rename} icon={<Pencil size={13} />} onClick={() => setIsRenaming(true)} />
        <IconButton
          label={t.remove}
          icon={<Trash2 size={13} />}
          onClick={() => remove(conversation, isOpen)}
        />
      </span>
    </li>
  )
}

/** The part of a text around the first of the words, with the words marked. */
export function Snippet({ text, words }: { text: string; words: string }) {
  const terms = words
    .split(/\s+/)
    .filter((word) => word.length > 1)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const plain = text.replace(/\s+/g, ' ')
  if (terms.length === 0) return <>{plain.slice(0, 140)}</>
  const at = Math.max(0, plain.search(new RegExp(terms.join('|'), 'i')) - 40)
  const parts = plain.slice(at, at + 160).split(new RegExp(`(${terms.join('|')})`, 'i'))
  return (
    <>
      {at > 0 && '…'}
      {parts.map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part))}
    </>
  )
}

function Hits({ words }: { words: string }) {
  const t = useTexts(chatTexts)
  const format = useFormat()
  const hits = useMessageSearch(words)
  if (hits.isPending) return <Loading />
  if (hits.isError) return <ErrorView error={hits.error} retry={() => void hits.refetch()} />
  if (hits.data.items.length === 0) return <p className={styles.hint}>{t.nothingFound(words)}</p>
  return (
    <>
      <p className={styles.hint} role="status">
        {t.hits(format.number(hits.data.items.length))}
      </p>
      <ol>
        {hits.data.items.map((hit) => (
          <li key={hit.id} className={styles.row}>
            <Link to={`${chatPath(hit.conversation_id)}?message=${hit.id}`} className={styles.link}>
              <span className={styles.name}>{hit.title}</span>
              <span className={styles.snippet}>
                <Snippet text={hit.content} words={words} />
              </span>
              <span className={styles.when}>
                {hit.role === 'user' ? t.you : t.answer} · <Time at={hit.created_at} relative />
              </span>
            </Link>
          </li>
        ))}
      </ol>
    </>
  )
}

export function ConversationList({ openId }: { openId: string | undefined }) {
  const t = useTexts(chatTexts)
  const list = useConversations()
  const deletions = useDeletions()
  const [words, setWords] = useState(lookedFor)
  const searched = useDeferredValue(useSettled(words.trim()))
  const scroller = useRef<HTMLDivElement>(null)
  const shown = list.conversations.filter((conversation) => !deletions.has(conversation.id))

  const isLoaded = list.data !== undefined
  useLayoutEffect(() => {
    if (isLoaded && scroller.current !== null) scroller.current.scrollTop = scrolledTo
  }, [isLoaded])
  const scroll = (event: UIEvent<HTMLDivElement>) => {
    const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
    scrolledTo = scrollTop
    const isNearEnd = scrollHeight - scrollTop - clientHeight < 300
    if (isNearEnd && list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage()
  }
  return (
    <nav className={styles.list} aria-label={t.conversations}>
      <div className={styles.head}>
        <LinkButton to={chatPath()} icon={<Plus size={15} />} className={styles.new}>
          {t.newConversation}
        </LinkButton>
        <Input
          type="search"
          placeholder={t.searchMessages}
          aria-label={t.searchMessages}
          value={words}
          onChange={(event) => {
            lookedFor = event.target.value
            scrolledTo = 0
            setWords(lookedFor)
          }}
        />
      </div>
      <div className={styles.scroller} ref={scroller} onScroll={scroll}>
        {searched.length > 1 ? (
          <Hits words={searched} />
        ) : list.isPending ? (
          <Loading />
        ) : list.isError ? (
          <ErrorView error={list.error} retry={() => void list.refetch()} />
        ) : shown.length === 0 ? (
          <p className={styles.hint}>{t.noneYet}</p>
        ) : (
          <ol>
            {shown.map((conversation) => (
              <Row key={conversation.id} conversation={conversation} isOpen={conversation.id === openId} />
            ))}
          </ol>
        )}
        {searched.length <= 1 && list.hasNextPage && (
          <Button
            kind="quiet"
            className={classes(styles.more)}
            busy={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {t.more}
          </Button>
        )}
      </div>
    </nav>
  )
}

/** The value when it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 250)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
