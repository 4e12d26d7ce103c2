// SPDX-License-Identifier: Apache-2.0
import { authorizedFetch, errorOf } from '@/api/client'
import type { FileDocument } from '@/api/queries'

/** Uploads a file; the answer is the document, also when the user has one with the same bytes. */
export async function uploadFile(file: File): Promise<FileDocument> {
  const form = new FormData()
  form.append('file', file, file.name)
  const response = await authorizedFetch(
    new Request(new URL('/api/v1/files/upload', window.location.origin), { method: 'POST', body: form }),
  )
  if (!response.ok) throw await errorOf(response)
  return (await response.json()) as FileDocument
}
