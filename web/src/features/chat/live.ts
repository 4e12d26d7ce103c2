// SPDX-License-Identifier: Apache-2.0
/* An answer while it is written: what the stored message had, and what the events add to it. */
import type { AnswerState, Call, ChatEvent, Citation, Message } from './types'

export interface LiveAnswer {
  id: string
  text: string
  /** The length of the text in bytes of UTF-8, in which the server counts. */
  bytes: number
  citations: Citation[]
  calls: Call[]
  notices: string[]
  state: AnswerState
  reason: string | null
  /** Text is missing in between: the message has to be fetched. */
  hasGap: boolean
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function emptyAnswer(id: string): LiveAnswer {
  return {
    id,
    text: '',
    bytes: 0,
    citations: [],
    calls: [],
    notices: [],
    state: 'streaming',
    reason: null,
    hasGap: false,
  }
}

/** Begins with the text that was stored until now. */
export function answerOf(message: Message): LiveAnswer {
  return {
    ...emptyAnswer(message.id),
    text: message.content,
    bytes: encoder.encode(message.content).length,
    citations: message.metadata.citations ?? [],
    state: message.state,
    reason: message.reason ?? null,
  }
}

/** Events may be told again from the beginning of the turn: text that is there already is left out. */
function withText(answer: LiveAnswer, content: string, offset: number): LiveAnswer {
  const bytes = encoder.encode(content)
  const known = answer.bytes - offset
  if (known < 0) return { ...answer, hasGap: true }
  if (known >= bytes.length) return answer
  const added = known === 0 ? content : decoder.decode(bytes.subarray(known))
  return { ...answer, text: answer.text + added, bytes: offset + bytes.length }
}

function withCall(answer: LiveAnswer, call: Call): LiveAnswer {
  const at = answer.calls.findIndex((known) => known.id === call.id)
  if (at < 0) return { ...answer, calls: [...answer.calls, call] }
  const known = answer.calls[at]
  const merged = { ...call, arguments: call.arguments === '' ? (known?.arguments ?? '') : call.arguments }
  return { ...answer, calls: answer.calls.with(at, merged) }
}

export function takeEvent(answer: LiveAnswer, event: ChatEvent): LiveAnswer {
  switch (event.type) {
    case 'message_chunk':
      return withText(answer, event.content, event.offset)
    case 'citation': {
      if (answer.citations.some((known) => known.n === event.n)) return answer
      return { ...answer, citations: [...answer.citations, event] }
    }
    case 'tool_started':
      return withCall(answer, { id: event.call_id, name: event.name, arguments: event.arguments, ok: null })
    case 'tool_finished':
      return withCall(answer, {
        id: event.call_id,
        name: event.name,
        arguments: '',
        ok: event.ok,
        ...(event.problem === undefined ? {} : { problem: event.problem }),
      })
    case 'notice':
      return answer.notices.includes(event.message)
        ? answer
        : { ...answer, notices: [...answer.notices, event.message] }
    case 'message_completed':
      return { ...answer, state: event.state, reason: event.reason ?? null }
    case 'error':
      return { ...answer, state: 'failed', reason: event.message ?? null }
    default:
      return answer
  }
}
