// SPDX-License-Identifier: Apache-2.0
/* A conversation before a played server: asking, the events of the answer, stopping, refusals. */
import { QueryClientProvider } from '@tanstack/react-query'
import { act, render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { MemoryRouter } from 'react-router'
import { beforeEach, expect, test, vi } from 'vitest'
import { setAccessToken } from '@/api/client'
import { newQueryClient } from '@/api/queries'
import { ToastProvider } from '@/ui'
import { ConversationView } from './ConversationView'

const id = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'

interface Stored {
  id: string
  role: string
  content: string
  state: string
  [member: string]: unknown
}

/** What the server holds, and the stream that is open. */
class Server {
  messages: Stored[] = []
  running: string | null = null
  asked: { content: string; client_id: string }[] = []
  refusals: Response[] = []
  cancelled = 0
  seq = 100
  private controls: ReadableStreamDefaultController<Uint8Array>[] = []

  add(message: Partial<Stored> & { id: string; role: string }) {
    const parent = this.messages.at(-1)?.id ?? null
    this.messages.push({
      conversation_id: id,
      parent_id: parent,
      content: '',
      state: 'complete',
      metadata: {},
      created_at: '2026-03-12T10:00:00Z',
      siblings: [message.id],
      ...message,
    })
  }

  tell(event: Record<string, unknown>) {
    this.seq += 1
    const text = `id: ${this.seq}\ndata: ${JSON.stringify({ seq: this.seq, ...event })}\n\n`
    for (const control of this.controls) control.enqueue(new TextEncoder().encode(text))
  }

  cut() {
    for (const control of this.controls.splice(0)) control.close()
  }

  answer = async (request: Request): Promise<Response> => {
    const path = new URL(request.url).pathname
    const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status })
    if (path.endsWith('/events'))
      return new Response(
        new ReadableStream<Uint8Array>({
          start: (control) => {
            this.controls.push(control)
          },
        }),
      )
    if (path.endsWith('/cancel')) {
      this.cancelled += 1
      return json({ status: 'cancelling' }, 202)
    }
    if (path.endsWith('/messages') && request.method === 'POST') {
      const refusal = this.refusals.shift()
      if (refusal !== undefined) return refusal
      const body = (await request.json()) as { content: string; client_id: string }
      this.asked.push(body)
      this.add({ id: 'q', role: 'user', content: body.content })
      this.add({ id: 'a', role: 'assistant', state: 'streaming' })
      this.running = 'a'
      return json({ is_new: true, question_id: 'q', message_id: 'a', after: this.seq }, 202)
    }
    if (path.endsWith('/messages')) return json({ items: this.messages, next_cursor: null })
    if (path.endsWith(id))
      return json({
        id,
        title: 'Lisbon',
        message_count: this.messages.length,
        created_at: '2026-03-12T10:00:00Z',
        updated_at: '2026-03-12T10:00:00Z',
        running: this.running,
        events_after: this.seq,
      })
    return json({ items: [], models: [], next_cursor: null })
  }
}

let server: Server

function open() {
  vi.stubGlobal('fetch', (request: Request) => server.answer(request))
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      disconnect() {}
    },
  )
  document.elementFromPoint = () => null
  return render(
    <QueryClientProvider client={newQueryClient()}>
      <ToastProvider>
        <MemoryRouter>
          <ConversationView id={id} initial={undefined} menu={null} />
        </MemoryRouter>
      </ToastProvider>
    </QueryClientProvider>,
  )
}

async function ask(text: string) {
  await userEvent.type(await screen.findByRole('textbox', { name: 'Question' }), `${text}{Enter}`)
}

beforeEach(() => {
  localStorage.clear()
  setAccessToken('token')
  server = new Server()
})

test('an answer is written as its events come, and is whole at its end', async () => {
  open()
  await ask('Why?')
  expect(await screen.findByText('Why?')).toBeTruthy()
  await waitFor(() => expect(server.asked[0]?.client_id).toMatch(/^[0-9a-f]{32}$/))
  await screen.findByRole('button', { name: 'Stop' })
  act(() =>
    server.tell({ type: 'message_chunk', message_id: 'a', content: 'Because of the **MTU**', offset: 0 }),
  )
  expect(await screen.findByText('MTU')).toBeTruthy()
  act(() => server.cut())
  await new Promise((resolve) => setTimeout(resolve, 700))
  act(() => server.tell({ type: 'message_chunk', message_id: 'a', content: ' at both ends', offset: 22 }))
  await screen.findByText(/at both ends/)
  Object.assign(server.messages[1] ?? {}, {
    state: 'complete',
    content: 'Because of the **MTU** at both ends',
  })
  server.running = null
  act(() => server.tell({ type: 'message_completed', message_id: 'a', state: 'complete' }))
  expect(await screen.findByRole('button', { name: 'Copy the answer as Markdown' })).toBeTruthy()
  expect(screen.queryByRole('button', { name: 'Stop' })).toBe(null)
})

test('a stopped answer says so and can be made again', async () => {
  open()
  await ask('Why?')
  await userEvent.click(await screen.findByRole('button', { name: 'Stop' }))
  expect(server.cancelled).toBe(1)
  Object.assign(server.messages[1] ?? {}, { state: 'cancelled', content: 'Bec' })
  server.running = null
  act(() => server.tell({ type: 'message_completed', message_id: 'a', state: 'cancelled' }))
  expect(await screen.findByText(/You stopped this answer/)).toBeTruthy()
  expect(await screen.findByText('Bec')).toBeTruthy()
})

test('a question to a conversation that is being answered joins the answer and is kept', async () => {
  open()
  await screen.findByRole('textbox', { name: 'Question' })
  server.refusals.push(
    new Response(JSON.stringify({ error: { code: 'CONFLICT', message: 'an answer is being written' } }), {
      status: 409,
    }),
  )
  server.add({ id: 'q0', role: 'user', content: 'From another tab' })
  server.add({ id: 'a0', role: 'assistant', state: 'streaming' })
  server.running = 'a0'
  await ask('Mine')
  expect(await screen.findByText('From another tab')).toBeTruthy()
  expect(screen.getByRole('textbox', { name: 'Question' })).toHaveProperty('value', 'Mine')
  expect(screen.getByRole('button', { name: 'Stop' })).toBeTruthy()
})

test('too many questions: the moment is told from which on the next is taken', async () => {
  open()
  await screen.findByRole('textbox', { name: 'Question' })
  server.refusals.push(
    new Response(
      JSON.stringify({ error: { code: 'RATE_LIMIT_EXCEEDED', message: 'the limit is reached' } }),
      {
        status: 429,
        headers: { 'Retry-After': '30' },
      },
    ),
  )
  await ask('Mine')
  expect(await screen.findByText(/You can ask again at/)).toBeTruthy()
  expect(screen.getByRole('button', { name: 'Ask' })).toHaveProperty('disabled', true)
})

test('a question whose answer was lost is sent again as the same question', async () => {
  open()
  await screen.findByRole('textbox', { name: 'Question' })
  server.refusals.push(new Response('{}', { status: 503 }))
  await ask('Mine')
  await waitFor(() => expect(server.asked.length).toBe(1), { timeout: 2_000 })
  expect(await screen.findByRole('button', { name: 'Stop' })).toBeTruthy()
})
