// SPDX-License-Identifier: Apache-2.0
/* Requests with the password. A wrong password is answered 401, as an expired token is, and counts as a
 * failed login: so the token is renewed before, and the request is sent once and never repeated. */
import { currentToken, errorOf, refreshSession, UnreachableError } from '@/api/client'

export async function sendPassword<T>(path: string, body: Record<string, string>): Promise<T | null> {
  await refreshSession()
  const response = await fetch(path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-NetGuru-Client': 'page',
      Authorization: `Bearer ${currentToken() ?? ''}`,
    },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new UnreachableError()
  })
  if (!response.ok) throw await errorOf(response)
  return response.status === 204 ? null : ((await response.json()) as T)
}
