// SPDX-License-Identifier: Apache-2.0
import { expect, test, vi } from 'vitest'
import { setAccessToken } from '@/api/client'
import { sendPassword } from './sendPassword'

test('a wrong password is sent once, with a new token', async () => {
  setAccessToken('old')
  const asked: [string, unknown][] = []
  vi.stubGlobal('fetch', (path: string, options: { headers: Record<string, string> }) => {
    asked.push([path, options.headers['Authorization']])
    return Promise.resolve(
      path.endsWith('/refresh')
        ? new Response(JSON.stringify({ access_token: 'new' }))
        : new Response(JSON.stringify({ error: { code: 'AUTH_ERROR', message: 'the password is wrong' } }), {
            status: 401,
          }),
    )
  })
  const failed = await sendPassword('/api/v1/users/me/erase', { password: 'x' }).catch(
    (reason: unknown) => reason,
  )
  expect(failed).toMatchObject({ status: 401, message: 'the password is wrong' })
  expect(asked).toEqual([
    ['/api/v1/auth/refresh', undefined],
    ['/api/v1/users/me/erase', 'Bearer new'],
  ])
})
