// SPDX-License-Identifier: Apache-2.0
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, fireEvent, render, screen } from '@testing-library/react'
import { createMemoryRouter, RouterProvider, useLocation } from 'react-router'
import { beforeEach, expect, test, vi } from 'vitest'
import { setAccessToken } from '@/api/client'
import { SessionProvider } from '@/api/session'
import Palette from './Palette'

const file = (id: string, original_filename: string, hostname?: string) => ({
  id,
  original_filename,
  status: 'completed',
  file_type: 'config',
  metadata: hostname === undefined ? null : { hostname },
})

function answerTo(path: string): unknown {
  if (path.endsWith('/auth/refresh')) return { access_token: 'token' }
  if (path.endsWith('/users/me')) return { id: 'me', email: 'ana@example.net', is_superuser: false }
  if (path.endsWith('/files'))
    return { items: [file('1', 'lis-dist1.cfg', 'lis-dist1'), file('2', 'notes.md')], next_cursor: null }
  return { items: [], next_cursor: null }
}

beforeEach(() => {
  setAccessToken('token')
  HTMLDialogElement.prototype.showModal = function show(this: HTMLDialogElement) {
    this.open = true
  }
  HTMLDialogElement.prototype.close = function close(this: HTMLDialogElement) {
    this.open = false
  }
  Element.prototype.scrollIntoView = () => {}
  vi.stubGlobal('fetch', (input: Request | string) => {
    const path = new URL(typeof input === 'string' ? input : input.url, 'http://page.test').pathname
    return Promise.resolve(
      new Response(JSON.stringify(answerTo(path)), { headers: { 'Content-Type': 'application/json' } }),
    )
  })
})

const closed = vi.fn()

function Room() {
  const { pathname, search } = useLocation()
  return (
    <>
      <Palette onClose={closed} />
      <output>{pathname + search}</output>
    </>
  )
}

async function open() {
  await act(async () => {
    render(
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <SessionProvider>
          <RouterProvider router={createMemoryRouter([{ path: '*', Component: Room }])} />
        </SessionProvider>
      </QueryClientProvider>,
    )
    await Promise.resolve()
  })
  const field = screen.getByRole('combobox', { hidden: true })
  return {
    field,
    type: (text: string) => fireEvent.change(field, { target: { value: text } }),
    press: (key: string) => fireEvent.keyDown(field, { key }),
    active: () => document.getElementById(field.getAttribute('aria-activedescendant') ?? '')?.textContent,
    at: () => screen.getByRole('status', { hidden: true }).textContent,
  }
}

test('a file and its device are found by a few letters, and Enter opens', async () => {
  const { type, press, active, at } = await open()
  type('ld1')
  await screen.findAllByText('Devices')
  expect(active()).toBe('lis-dist1.cfg')
  press('ArrowDown')
  expect(active()).toContain('lis-dist1')
  press('ArrowUp')
  press('Enter')
  expect(at()).toBe('/files/1')
  expect(closed).toHaveBeenCalledOnce()
})

test('what is nothing of the kind can be searched for and asked', async () => {
  const { type, press, active, at } = await open()
  type('why 50% loss?')
  expect(active()).toBe('Search for “why 50% loss?”')
  press('ArrowUp')
  expect(active()).toBe('Ask “why 50% loss?”')
  press('Enter')
  expect(at()).toBe('/chat?q=why%2050%25%20loss%3F')
})
