// SPDX-License-Identifier: Apache-2.0
/* A question as it was written, with its files. It is never read as Markdown: it may be a configuration. */
import { Paperclip, Pencil } from 'lucide-react'
import { memo, useState } from 'react'
import { Link } from 'react-router'
import { useFile } from '@/api/queries'
import { filePath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { Button, CopyButton, IconButton, TextArea, Time } from '@/ui'
import styles from './Message.module.css'
import { chatTexts } from './texts'
import type { Message } from './types'
import { Versions } from './Versions'

export function AttachedFile({ id }: { id: string }) {
  const file = useFile(id)
  return (
    <Link to={filePath(id)} className={styles.file}>
      <Paperclip size={12} aria-hidden />
      {file.data?.original_filename ?? '…'}
    </Link>
  )
}

interface QuestionTextProps {
  content: string
  documents: string[]
}

const longCharacters = 1500

export function QuestionText({ content, documents }: QuestionTextProps) {
  const t = useTexts(chatTexts)
  const [isWhole, setIsWhole] = useState(content.length <= longCharacters)
  return (
    <>
      <div className={styles.questionText}>{isWhole ? content : `${content.slice(0, longCharacters)}…`}</div>
      {!isWhole && (
        <Button kind="quiet" onClick={() => setIsWhole(true)}>
          {t.more}
        </Button>
      )}
      {documents.length > 0 && (
        <div className={styles.files}>
          {documents.map((id) => (
            <AttachedFile key={id} id={id} />
          ))}
        </div>
      )}
    </>
  )
}

interface EditorProps {
  message: Message
  onAsk: (message: Message, content: string) => Promise<void>
  onDone: () => void
}

function Editor({ message, onAsk, onDone }: EditorProps) {
  const t = useTexts(chatTexts)
  const [text, setText] = useState(message.content)
  const [isBusy, setIsBusy] = useState(false)
  const ask = async () => {
    if (text.trim() === '' || isBusy) return
    setIsBusy(true)
    await onAsk(message, text).then(onDone, () => setIsBusy(false))
  }
  return (
    <div className={styles.editor}>
      <TextArea
        autoFocus
        aria-label={t.edit}
        rows={Math.min(12, text.split('\n').length + 1)}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onDone()
          if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault()
            void ask()
          }
        }}
      />
      <div className={styles.editorFoot}>
        <span className="muted">{t.editHint}</span>
        <Button onClick={onDone}>{t.cancel}</Button>
        <Button kind="primary" busy={isBusy} disabled={text.trim() === ''} onClick={() => void ask()}>
          {t.askAnew}
        </Button>
      </div>
    </div>
  )
}

interface QuestionViewProps {
  message: Message
  isHit: boolean
  canAsk: boolean
  onAsk: (message: Message, content: string) => Promise<void>
  onSwitch: (message: Message, sibling: string) => void
}

export const QuestionView = memo(function QuestionView({
  message,
  isHit,
  canAsk,
  onAsk,
  onSwitch,
}: QuestionViewProps) {
  const t = useTexts(chatTexts)
  const [isEditing, setIsEditing] = useState(false)
  return (
    <li className={styles.question} id={`message-${message.id}`} data-question data-hit={isHit}>
      <h2 className="visually-hidden">{t.you}</h2>
      {isEditing ? (
        <Editor message={message} onAsk={onAsk} onDone={() => setIsEditing(false)} />
      ) : (
        <div className={styles.bubble}>
          <QuestionText content={message.content} documents={message.metadata.document_ids ?? []} />
        </div>
      )}
      <div className={styles.tools}>
        <Versions message={message} onSwitch={onSwitch} />
        <span className={styles.when}>
          <Time at={message.created_at} relative />
        </span>
        <CopyButton text={message.content} label={t.copyQuestion} />
        <IconButton
          label={t.edit}
          icon={<Pencil size={14} />}
          disabled={!canAsk}
          onClick={() => setIsEditing(true)}
        />
      </div>
    </li>
  )
})
