// SPDX-License-Identifier: Apache-2.0
/* Sends one file. XMLHttpRequest, because fetch() does not tell how many bytes have left. */
import type { ApiError } from '@/api/client'
import { currentToken, errorOf, refreshSession, UnreachableError } from '@/api/client'
import type { FileDocument } from '@/api/queries'
import type { Sender, Stored } from './queue'

function post(file: File, progress: (sent: number) => void, signal: AbortSignal): Promise<XMLHttpRequest> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const abort = () => request.abort()
    request.open('POST', '/api/v1/files/upload')
    request.setRequestHeader('Authorization', `Bearer ${currentToken() ?? ''}`)
    request.setRequestHeader('X-NetGuru-Client', 'page')
    request.upload.onprogress = ({ loaded }) => progress(Math.min(loaded, file.size))
    request.onload = () => resolve(request)
    request.onerror = () => reject(new UnreachableError())
    request.onabort = () => reject(new DOMException('cancelled', 'AbortError'))
    request.onloadend = () => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort)
    const body = new FormData()
    body.append('file', file, file.name)
    request.send(body)
  })
}

function errorFrom(request: XMLHttpRequest): Promise<ApiError> {
  const headers = new Headers()
  for (const name of ['X-Request-Id', 'Retry-After']) {
    const value = request.getResponseHeader(name)
    if (value !== null) headers.set(name, value)
  }
  return errorOf(new Response(request.responseText, { status: request.status, headers }))
}

export const sendFile: Sender = async (file, progress, signal): Promise<Stored> => {
  let request = await post(file, progress, signal)
  if (request.status === 401 && (await refreshSession())) request = await post(file, progress, signal)
  if (request.status !== 200 && request.status !== 201) throw await errorFrom(request)
  return {
    document: JSON.parse(request.responseText) as FileDocument,
    duplicate: request.status === 200,
  }
}
