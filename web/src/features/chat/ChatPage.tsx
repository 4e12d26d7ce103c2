// SPDX-License-Identifier: Apache-2.0
/* The conversations beside the one that is open. */
import { PanelLeft } from 'lucide-react'
import { useState } from 'react'
import { useParams, useSearchParams } from 'react-router'
import { useTexts } from '@/i18n'
import { IconButton } from '@/ui'
import styles from './Chat.module.css'
import { ConversationList } from './ConversationList'
import { ConversationView } from './ConversationView'
import { NewConversation } from './NewConversation'
import { chatTexts } from './texts'

/** ?q= is a question to begin with, ?file= the files for it. */
function readInitial(params: URLSearchParams): { text: string; files: string[] } | undefined {
  const files = params.getAll('file').filter((id) => /^[0-9a-f-]{36}$/.test(id))
  const text = params.get('q') ?? ''
  return text === '' && files.length === 0 ? undefined : { text, files }
}

export function Component() {
  const t = useTexts(chatTexts)
  const { id } = useParams()
  const [params] = useSearchParams()
  const [initial] = useState(() => readInitial(params))
  const [showsList, setShowsList] = useState(false)
  const menu = (
    <IconButton
      className={styles.listButton}
      label={showsList ? t.closeList : t.openList}
      icon={<PanelLeft size={16} />}
      aria-expanded={showsList}
      onClick={() => setShowsList(!showsList)}
    />
  )
  return (
    <div className={styles.chat} data-source={params.has('source')}>
      <div className={styles.list} data-open={showsList}>
        <ConversationList openId={id} />
      </div>
      {id === undefined ? (
        <NewConversation initial={initial} menu={menu} />
      ) : (
        <ConversationView key={id} id={id} initial={initial} menu={menu} />
      )}
    </div>
  )
}
