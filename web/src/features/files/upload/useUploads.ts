// SPDX-License-Identifier: Apache-2.0
/* The queue of this tab, and what is chosen or dropped as its input. */
import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { useTexts } from '@/i18n'
import { useToast } from '@/ui'
import { listTexts } from '../list/texts'
import { chosenFrom, filesOf, type Found } from './dropped'
import { UploadQueue } from './queue'
import { sendFile } from './send'

let client: QueryClient | null = null
let asked: ReturnType<typeof setTimeout> | undefined

/** Many uploads end one after the other: the list is asked for once for all of them. */
function askForList(): void {
  asked ??= setTimeout(() => {
    asked = undefined
    void client?.invalidateQueries({ queryKey: ['files'] })
  }, 500)
}

export const uploads = new UploadQueue(sendFile, askForList)

export function useUploads() {
  const t = useTexts(listTexts)
  const toast = useToast()
  const queries = useQueryClient()
  useEffect(() => {
    client = queries
  }, [queries])
  return useMemo(() => {
    const take = ({ chosen, hidden }: Found) => {
      if (chosen.length === 0) toast(t.nothingFound)
      else if (hidden > 0) toast(t.hiddenLeftOut(hidden))
      uploads.add(chosen)
    }
    return {
      choose: (list: FileList) => take(chosenFrom(list)),
      drop: (transfer: DataTransfer) => {
        filesOf(transfer).then(take, () => toast(t.unreadable))
      },
    }
  }, [t, toast])
}

/** Files can be dropped anywhere in the window. True while some are held over it. */
export function useDrop(drop: (transfer: DataTransfer) => void): boolean {
  const [over, setOver] = useState(false)
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true
    let depth = 0
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return
      depth += 1
      setOver(true)
    }
    const leave = (event: DragEvent) => {
      if (!hasFiles(event)) return
      depth = Math.max(0, depth - 1)
      if (depth === 0) setOver(false)
    }
    const hold = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault()
    }
    const land = (event: DragEvent) => {
      if (!hasFiles(event) || event.dataTransfer === null) return
      event.preventDefault()
      depth = 0
      setOver(false)
      drop(event.dataTransfer)
    }
    window.addEventListener('dragenter', enter)
    window.addEventListener('dragleave', leave)
    window.addEventListener('dragover', hold)
    window.addEventListener('drop', land)
    return () => {
      window.removeEventListener('dragenter', enter)
      window.removeEventListener('dragleave', leave)
      window.removeEventListener('dragover', hold)
      window.removeEventListener('drop', land)
    }
  }, [drop])
  return over
}
