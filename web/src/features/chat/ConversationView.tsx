// SPDX-License-Identifier: Apache-2.0
/* An open conversation: its messages, the question that is written, and what can be done with it. */
import { useQueryClient } from '@tanstack/react-query'
import { Braces, FileDown, Lock, MessageSquareOff, Pencil, Trash2 } from 'lucide-react'
import { useCallback, useDeferredValue, useEffect, useRef, useState, type ReactNode } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { ApiError, download } from '@/api/client'
import { chatPath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { Button, EmptyState, ErrorView, IconButton, LinkButton, Loading, useErrorText, useToast } from '@/ui'
import { AgainDialog } from './AgainDialog'
import { AnswerView } from './AnswerView'
import { upTo } from './branch'
import styles from './Chat.module.css'
import { useChoice } from './choice'
import { readSource, writeSource } from './citations'
import { Composer } from './Composer'
import { RenameInput } from './ConversationList'
import { useDeletions } from './deletions'
import { leafOf, rememberLeaf } from './leaves'
import messageStyles from './Message.module.css'
import { Messages } from './Messages'
import { QuestionText, QuestionView } from './QuestionView'
import {
  cancelTurn,
  loadConversation,
  newClientId,
  postQuestion,
  postRegenerate,
  putConversation,
  refreshBranches,
  refreshList,
  useBranch,
  useChangeConversation,
  useConversation,
  useMessage,
} from './queries'
import { SourcePanel } from './SourcePanel'
import { chatTexts } from './texts'
import { titleOf, type Conversation, type Message, type Mode, type Question } from './types'
import { useDelete } from './useDelete'
import { useTurns } from './useTurns'

/** A question, with its id as soon as the server has taken it. */
interface Asked {
  question: Question
  id: string | null
}

const noMessages: Message[] = []

/** The question that is on its way to the server. */
export function PendingQuestion({ question }: { question: Question }) {
  const t = useTexts(chatTexts)
  return (
    <>
      <li className={messageStyles.question} data-question>
        <div className={messageStyles.bubble}>
          <QuestionText content={question.content} documents={question.document_ids ?? []} />
        </div>
      </li>
      <li className={messageStyles.answer} aria-busy>
        <p className={messageStyles.writing}>
          <span className={messageStyles.dot} aria-hidden />
          {t.thinking}
        </p>
      </li>
    </>
  )
}

function Head({ conversation, menu }: { conversation: Conversation; menu: ReactNode }) {
  const t = useTexts(chatTexts)
  const toast = useToast()
  const errorText = useErrorText()
  const remove = useDelete()
  const [isRenaming, setIsRenaming] = useState(false)
  const title = titleOf(conversation, t.untitled)
  useEffect(() => {
    document.title = `${title} · NetGuru`
  }, [title])
  const save = (format: 'markdown' | 'json', ending: string) => {
    const name = title
      .replace(/[^\p{L}\p{N}._-]+/gu, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 80)
    download(
      `/api/v1/chat/conversations/${conversation.id}/export?format=${format}`,
      `${name === '' ? 'conversation' : name}.${ending}`,
    ).catch((error: unknown) => toast(errorText(error)))
  }
  return (
    <header className={styles.head}>
      {menu}
      {isRenaming ? (
        <RenameInput conversation={conversation} onDone={() => setIsRenaming(false)} />
      ) : (
        <h1 title={title}>
          {conversation.is_private === true && <Lock size={14} aria-label={t.private} />}
          <span>{title}</span>
        </h1>
      )}
      <IconButton label={t.rename} icon={<Pencil size={15} />} onClick={() => setIsRenaming(true)} />
      <IconButton
        label={t.exportMarkdown}
        icon={<FileDown size={15} />}
        onClick={() => save('markdown', 'md')}
      />
      <IconButton label={t.exportJson} icon={<Braces size={15} />} onClick={() => save('json', 'json')} />
      <IconButton label={t.remove} icon={<Trash2 size={15} />} onClick={() => remove(conversation, true)} />
    </header>
  )
}

/** How many pages are looked through for a message that was found, before its own branch is shown. */
const hitPages = 8

/** ?message=ID: the message is looked for in the branch that is shown; if it is not there, the branch
 * that ends with it is shown. */
function useHit(branch: ReturnType<typeof useBranch>) {
  const [params, setParams] = useSearchParams()
  const [hit, head] = [params.get('message'), params.get('head')]
  const pages = useRef(0)
  const isThere = branch.data?.messages.some((message) => message.id === hit) === true
  const { data, older } = branch
  const { mutate, isPending } = older
  useEffect(() => {
    if (hit === null || head !== null || data === undefined || isThere || isPending) return
    if (data.older !== null && pages.current < hitPages) {
      pages.current += 1
      mutate()
      return
    }
    setParams(
      (now) => {
        now.set('head', hit)
        return now
      },
      { replace: true },
    )
  }, [hit, head, data, isThere, isPending, mutate, setParams])
  return hit
}

interface ConversationViewProps {
  id: string
  initial: { text: string; files: string[] } | undefined
  /** Opens the list of conversations where there is no room for both. */
  menu: ReactNode
}

export function ConversationView({ id, initial, menu }: ConversationViewProps) {
  const t = useTexts(chatTexts)
  const toast = useToast()
  const errorText = useErrorText()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [params, setParams] = useSearchParams()
  const choice = useChoice()
  const conversation = useConversation(id)
  const head = params.get('head')
  const branch = useBranch(id, head)
  const hit = useHit(branch)
  const change = useChangeConversation(id)
  const isDeleting = useDeletions().has(id)
  const [asked, setAsked] = useState<Asked | null>(null)
  const [isStarting, setIsStarting] = useState(false)
  const [again, setAgain] = useState<Message | null>(null)
  const runningId = conversation.data?.running ?? null
  const turns = useTurns(id, runningId !== null || asked !== null)

  // Many long answers are drawn in slices, between which the page stays usable.
  const messages = useDeferredValue(branch.data?.messages ?? noMessages, noMessages)
  const isThere = asked !== null && messages.some((message) => message.id === asked.id)
  const sending = isThere ? null : (asked?.question ?? null)
  const shown = sending === null ? messages : upTo(messages, sending.parent_id)
  const last = messages.at(-1)
  const lastState =
    last === undefined
      ? null
      : last.state === 'streaming'
        ? (turns.answers.get(last.id)?.state ?? last.state)
        : last.state
  const runningState = runningId === null ? null : (turns.answers.get(runningId)?.state ?? 'streaming')
  const isRunning = runningState === 'streaming' || lastState === 'streaming'
  const isBusy = isRunning || sending !== null || isStarting

  useEffect(() => {
    if (!turns.isDeleted || isDeleting) return
    toast(t.removedElsewhere)
    void navigate(chatPath(), { replace: true })
  }, [turns.isDeleted, isDeleting, toast, t, navigate])

  const showNewest = useCallback(() => {
    setParams(
      (now) => {
        now.delete('head')
        now.delete('message')
        return now
      },
      { replace: true },
    )
  }, [setParams])

  /** Another tab may have begun a turn: its events are watched like one's own. */
  const join = useCallback(async () => {
    putConversation(queries, await loadConversation(id))
    await refreshBranches(queries, id)
    refreshList(queries)
  }, [queries, id])

  const ask = useCallback(
    async (question: Question) => {
      // The branch that is shown may be another one than the server's.
      const placed =
        question.parent_id === undefined && head !== null
          ? { ...question, parent_id: last?.id ?? null }
          : question
      setAsked({ question: placed, id: null })
      try {
        const { question_id: questionId } = await postQuestion(id, placed, newClientId())
        setAsked({ question: placed, id: questionId })
        showNewest()
      } catch (error) {
        setAsked(null)
        if (error instanceof ApiError && error.status === 409) await join()
        throw error
      }
      // The question is taken: if it cannot be fetched now, its events bring it.
      await join().catch(() => {})
    },
    [id, head, last?.id, join, showNewest],
  )

  const edit = useCallback(
    async (message: Message, content: string) => {
      if (last !== undefined) rememberLeaf(message.id, last.id)
      const { document_ids: documents } = message.metadata
      try {
        await ask({
          content,
          parent_id: message.parent_id ?? null,
          ...(documents === undefined ? {} : { document_ids: documents }),
          ...choice.choice,
        })
      } catch (error) {
        toast(error instanceof ApiError && error.status === 409 ? t.busyElsewhere : errorText(error))
        throw error
      }
    },
    [ask, choice.choice, last, toast, t, errorText],
  )

  const answerAgain = useCallback(
    async (message: Message, order: { mode: Mode; model?: string }) => {
      if (last !== undefined) rememberLeaf(message.id, last.id)
      setIsStarting(true)
      try {
        await postRegenerate(message.id, order)
        showNewest()
      } catch (error) {
        toast(errorText(error))
      }
      await join().catch(() => {})
      setIsStarting(false)
    },
    [last, join, showNewest, toast, errorText],
  )
  const hasKeys = choice.keys.length > 0
  const askAgain = useCallback(
    (message: Message) => {
      if (hasKeys) setAgain(message)
      else void answerAgain(message, { mode: 'auto' })
    },
    [hasKeys, answerAgain],
  )
  const withoutModel = useCallback(
    (message: Message) => void answerAgain(message, { mode: 'sources' }),
    [answerAgain],
  )
  const { mutate: changeTo } = change
  const switchTo = useCallback(
    (message: Message, sibling: string) => {
      if (last !== undefined) rememberLeaf(message.id, last.id)
      showNewest()
      changeTo({ head_id: leafOf(sibling) }, { onError: (error) => toast(errorText(error)) })
    },
    [last, changeTo, showNewest, toast, errorText],
  )

  const source = readSource(params.get('source'))
  const [firstSource] = useState(source?.message ?? null)
  const sourceMessage = branch.data?.messages.find((message) => message.id === source?.message)
  // The address may name a source of an answer that is further up than what is loaded.
  const farMessage = useMessage(
    source?.message ?? '',
    source !== null && branch.isSuccess && sourceMessage === undefined,
  )
  const openSource = useCallback(
    (message: string, n: number) =>
      setParams((now) => {
        const value = writeSource(message, n)
        if (now.get('source') === value) now.delete('source')
        else now.set('source', value)
        return now
      }),
    [setParams],
  )
  const closeSource = () => {
    const opener =
      source === null
        ? null
        : document.querySelector<HTMLElement>(`#message-${source.message} [data-cite][aria-pressed='true']`)
    setParams((now) => {
      now.delete('source')
      return now
    })
    opener?.focus({ preventScroll: true })
  }
  const stop = () => {
    cancelTurn(id).catch((error: unknown) => toast(errorText(error)))
  }

  const failure = conversation.error ?? turns.failure
  if (failure instanceof ApiError && failure.status === 404)
    return (
      <div className={styles.column}>
        <header className={styles.head}>{menu}</header>
        <EmptyState
          icon={<MessageSquareOff size={26} aria-hidden />}
          title={t.noSuch}
          action={<LinkButton to={chatPath()}>{t.newConversation}</LinkButton>}
        >
          {t.noSuchHint}
        </EmptyState>
      </div>
    )
  if (conversation.data === undefined)
    return (
      <div className={styles.column}>
        <header className={styles.head}>{menu}</header>
        {conversation.isError ? (
          <ErrorView error={conversation.error} retry={() => void conversation.refetch()} />
        ) : (
          <Loading />
        )}
      </div>
    )

  const live = last === undefined ? undefined : turns.answers.get(last.id)
  const citation =
    source === null
      ? undefined
      : (turns.answers.get(source.message)?.citations.find(({ n }) => n === source.n) ??
        (sourceMessage ?? farMessage.data)?.metadata.citations?.find(({ n }) => n === source.n))
  const isSourceReady = source !== null && !branch.isPending && !farMessage.isLoading
  const status = sending !== null || isRunning ? t.writing : lastState === 'complete' ? t.ended : ''
  return (
    <>
      <div className={styles.column}>
        <Head conversation={conversation.data} menu={menu} />
        {head !== null && (
          <p className={styles.banner}>
            {t.earlierPoint}
            <Button onClick={showNewest}>{t.showNewest}</Button>
          </p>
        )}
        {branch.isError && messages.length === 0 ? (
          <div className={styles.problem}>
            <ErrorView error={branch.error} retry={() => void branch.refetch()} />
          </div>
        ) : (
          <Messages
            label={t.messagesOf(titleOf(conversation.data, t.untitled))}
            first={shown[0]?.id}
            hasOlder={branch.data?.older != null}
            isLoadingOlder={branch.older.isPending}
            onOlder={() => branch.older.mutate()}
            growth={`${last?.id} ${last?.state} ${live?.bytes} ${live?.citations.length} ${live?.state} ${sending?.content}`}
            target={hit ?? firstSource}
            isAsking={sending !== null || isStarting}
          >
            {(branch.isPending || (messages.length === 0 && branch.data?.messages.length !== 0)) && (
              <Loading />
            )}
            {shown.map((message) =>
              message.role === 'user' ? (
                <QuestionView
                  key={message.id}
                  message={message}
                  isHit={message.id === hit}
                  canAsk={!isBusy}
                  onAsk={edit}
                  onSwitch={switchTo}
                />
              ) : (
                <AnswerView
                  key={message.id}
                  message={message}
                  live={turns.answers.get(message.id)}
                  isHit={message.id === hit}
                  cited={source?.message === message.id ? source.n : null}
                  canAsk={!isBusy}
                  onCite={openSource}
                  onAgain={askAgain}
                  onWithoutModel={withoutModel}
                  onSwitch={switchTo}
                />
              ),
            )}
            {sending !== null && <PendingQuestion question={sending} />}
          </Messages>
        )}
        <p className="visually-hidden" role="status">
          {status}
        </p>
        {turns.connection === 'waiting' && isRunning && (
          <p className={styles.banner} role="status">
            {t.connectionLost}
          </p>
        )}
        <Composer
          place={id}
          initial={initial}
          isBusy={isBusy}
          isPrivate={conversation.data.is_private === true}
          choice={choice}
          onPrivate={(isPrivate) =>
            change.mutate({ is_private: isPrivate }, { onError: (error) => toast(errorText(error)) })
          }
          onAsk={ask}
          onStop={stop}
        />
      </div>
      {isSourceReady && (
        <div className={styles.source}>
          <SourcePanel citation={citation} onClose={closeSource} />
        </div>
      )}
      {again !== null && (
        <AgainDialog onClose={() => setAgain(null)} onAnswer={(order) => void answerAgain(again, order)} />
      )}
    </>
  )
}
