// SPDX-License-Identifier: Apache-2.0
/* What the API's schema leaves open: docs/conversations.md and docs/assistant.md tell it. */
import type { Schemas } from '@/api/client'

export type Conversation = Schemas['Conversation'] & { is_private?: boolean }
export type AnswerState = 'streaming' | 'complete' | 'cancelled' | 'interrupted' | 'failed'
export type Mode = 'auto' | 'model' | 'sources'

export interface Citation {
  n: number
  is_global?: boolean
  document_id?: string
  source_id?: string
  document: string
  line_start?: number | null
  line_end?: number | null
  page?: number | null
  quote: string
}

interface Metadata {
  citations?: Citation[]
  document_ids?: string[]
  mode?: Mode
  provider?: string
  model?: string
  tokens_in?: number
  tokens_out?: number
  tokens_cached?: number
  cost_micros?: number
  details?: {
    mode?: 'model' | 'sources'
    found?: boolean
    tool_calls?: number
    citations_dropped?: number
    links_denied?: number
    has_standins?: boolean
  }
}

export type Message = Omit<Schemas['Message'], 'metadata' | 'state' | 'steps'> & {
  metadata: Metadata
  state: AnswerState
  steps?: Step[] | null
}

/** A call of a tool as it is stored with the answer. */
export interface Step {
  id: string
  name: string
  arguments: string
  ok: boolean
  answer: string
}

/** A call of a tool as the events tell it. */
export interface Call {
  id: string
  name: string
  arguments: string
  ok: boolean | null
  problem?: string
}

export type ChatEvent =
  | { type: 'turn_started'; message_id: string; question_id: string; title: string }
  | { type: 'message_chunk'; message_id: string; content: string; offset: number }
  | ({ type: 'citation'; message_id: string } & Citation)
  | { type: 'tool_started'; message_id: string; call_id: string; name: string; arguments: string }
  | {
      type: 'tool_finished'
      message_id: string
      call_id: string
      name: string
      ok: boolean
      problem?: string
    }
  | { type: 'notice'; message_id: string; message: string }
  | { type: 'message_completed'; message_id: string; state: AnswerState; reason?: string }
  | { type: 'error'; message_id?: string; message?: string }
  | { type: 'title'; title: string }
  | { type: 'reload' }
  | { type: 'conversation_deleted' }

export interface Question {
  content: string
  document_ids?: string[]
  /** Absent: the question follows the branch that is shown. Null: it begins the conversation anew. */
  parent_id?: string | null
  mode: Mode
  key_id?: string
  model?: string
}

/** The name under which an untouched conversation is stored, in any language. */
const storedDefaultTitle = 'Nova Conversa'

export function titleOf(
  conversation: Pick<Conversation, 'title' | 'message_count'>,
  untitled: string,
): string {
  const isDefault = conversation.message_count === 0 && conversation.title === storedDefaultTitle
  return isDefault || conversation.title.trim() === '' ? untitled : conversation.title
}
