// SPDX-License-Identifier: Apache-2.0
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { api } from '@/api/client'
import { chatPath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { useErrorText, useToast } from '@/ui'
import { deleteLater, undoDeletion } from './deletions'
import { forgetConversation, refreshList } from './queries'
import { chatTexts } from './texts'
import { titleOf, type Conversation } from './types'

/** Deletes a conversation, with a few seconds to take it back. */
export function useDelete(): (conversation: Conversation, isOpen: boolean) => void {
  const t = useTexts(chatTexts)
  const toast = useToast()
  const errorText = useErrorText()
  const navigate = useNavigate()
  const queries = useQueryClient()
  return (conversation, isOpen) => {
    deleteLater(conversation.id, async () => {
      try {
        await api.DELETE('/api/v1/chat/conversations/{id}', { params: { path: { id: conversation.id } } })
        forgetConversation(queries, conversation.id)
      } catch (error) {
        toast(errorText(error))
      }
      await queries.invalidateQueries({ queryKey: ['chat', 'list'] })
    })
    if (isOpen) void navigate(chatPath())
    toast(t.removed(titleOf(conversation, t.untitled)), () => {
      if (undoDeletion(conversation.id) && isOpen) void navigate(chatPath(conversation.id))
      refreshList(queries)
    })
  }
}
