// SPDX-License-Identifier: Apache-2.0
/* The messages of a branch that are loaded, oldest first. Older pages are put before it, and the newest
 * page is fetched again when something has happened, without fetching all the others. */
import type { Message } from './types'

export interface Branch {
  messages: Message[]
  /** The cursor of the page before; null at the beginning of the conversation. */
  older: string | null
}

export interface MessagePage {
  items: Message[]
  next_cursor: string | null
}

/** Joins the newest page with what was loaded before it, if they are of one branch. */
export function withNewest(known: Branch | undefined, newest: MessagePage): Branch {
  const fresh: Branch = { messages: newest.items, older: newest.next_cursor }
  const first = newest.items[0]
  if (known === undefined || first === undefined || newest.next_cursor === null) return fresh
  const at = known.messages.findIndex((message) => message.id === first.id)
  const end = at >= 0 ? at : known.messages.findIndex((message) => message.id === first.parent_id) + 1
  if (end <= 0) return fresh
  return { messages: [...known.messages.slice(0, end), ...newest.items], older: known.older }
}

export function withOlder(known: Branch, page: MessagePage): Branch {
  const there = new Set(known.messages.map((message) => message.id))
  return {
    messages: [...page.items.filter((message) => !there.has(message.id)), ...known.messages],
    older: page.next_cursor,
  }
}

/** The messages up to one, itself included; all if it is not among them, none for null. */
export function upTo(messages: Message[], id: string | null | undefined): Message[] {
  if (id === undefined) return messages
  if (id === null) return []
  const at = messages.findIndex((message) => message.id === id)
  return at < 0 ? messages : messages.slice(0, at + 1)
}
