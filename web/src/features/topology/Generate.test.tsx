// SPDX-License-Identifier: Apache-2.0
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, renderHook, render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import type { ReactNode } from 'react'
import { MemoryRouter, useLocation } from 'react-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { FileDocument } from '@/api/queries'
import { useDelete, useDeleted } from './deletion'
import { GenerateDialog } from './Generate'
import { readPins, usePins } from './pins'
import { sample } from './sample'

const answer = (status: number, body: unknown) =>
  new Response(status === 204 ? null : JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json' },
  })

function serve(answers: (request: Request) => Response) {
  const asked: Request[] = []
  vi.stubGlobal('fetch', (request: Request) => {
    asked.push(request.clone())
    return Promise.resolve(answers(request))
  })
  return asked
}

function Where() {
  return <output>{useLocation().pathname}</output>
}

function Around({ children }: { children: ReactNode }) {
  return (
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <MemoryRouter>
        {children}
        <Where />
      </MemoryRouter>
    </QueryClientProvider>
  )
}

beforeEach(() => {
  localStorage.clear()
  HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
    this.open = true
  }
  HTMLDialogElement.prototype.close = () => {}
})
afterEach(() => vi.useRealTimers())

const files = ['a', 'b'].map(
  (id) =>
    ({
      id,
      original_filename: `${id}.cfg`,
      file_type: 'config',
      status: 'completed',
      metadata: { hostname: `host-${id}` },
    }) as unknown as FileDocument,
)

test('the chosen configurations are sent, and the new topology is opened', async () => {
  const asked = serve((request) =>
    request.method === 'POST'
      ? answer(202, { task_id: 'task1', status: 'pending' })
      : answer(200, { id: 'task1', status: 'completed', progress: 100, result: { topology_id: 'new1' } }),
  )
  const user = userEvent.setup()
  render(<GenerateDialog files={files} onClose={() => {}} />, { wrapper: Around })
  await user.type(screen.getByLabelText(/^Title/), 'Lisbon')
  await user.click(screen.getByLabelText('Chosen ones'))
  await user.click(screen.getByLabelText(/b\.cfg/))
  await user.click(screen.getByRole('button', { name: 'Generate' }))
  await waitFor(() => expect(screen.getByText('/topology/new1')).toBeTruthy())
  expect(await asked[0]?.json()).toEqual({ title: 'Lisbon', document_ids: ['b'] })
})

test('why a job has failed is said', async () => {
  serve((request) =>
    request.method === 'POST'
      ? answer(202, { task_id: 'task2', status: 'pending' })
      : answer(200, { id: 'task2', status: 'failed', progress: 0, error_message: 'too many devices' }),
  )
  const user = userEvent.setup()
  render(<GenerateDialog files={files} onClose={() => {}} />, { wrapper: Around })
  await user.click(screen.getByRole('button', { name: 'Generate' }))
  expect(await screen.findByText('too many devices')).toBeTruthy()
  expect(screen.getByText('/')).toBeTruthy()
})

test('a deleted topology is gone at once, and the server is told when it cannot be undone any more', async () => {
  vi.useFakeTimers()
  const asked = serve(() => answer(204, null))
  const { result } = renderHook(() => ({ erase: useDelete(), deleted: useDeleted() }), { wrapper: Around })
  act(() => result.current.erase(sample().snapshot))
  expect(result.current.deleted.has('t1')).toBe(true)
  await act(() => vi.advanceTimersByTimeAsync(5_900))
  expect(asked).toHaveLength(0)
  await act(() => vi.advanceTimersByTimeAsync(200))
  expect(asked.map(({ method, url }) => [method, new URL(url).pathname])).toEqual([
    ['DELETE', '/api/v1/topology/t1'],
  ])
})

test('a topology that the server would not delete is there again', async () => {
  vi.useFakeTimers()
  serve(() => answer(503, { error: { code: 'UNAVAILABLE', message: 'not now' } }))
  const { result } = renderHook(() => ({ erase: useDelete(), deleted: useDeleted() }), { wrapper: Around })
  act(() => result.current.erase({ ...sample().snapshot, id: 't2' }))
  await act(() => vi.advanceTimersByTimeAsync(6_100))
  expect(result.current.deleted.has('t2')).toBe(false)
})

test('moved nodes are kept, and broken storage is none', () => {
  const { result } = renderHook(() => usePins('t1'))
  act(() => result.current.pin('dist1', { x: 1.6, y: 2 }))
  expect([...readPins('t1')]).toEqual([['dist1', { x: 2, y: 2 }]])
  act(() => result.current.replace(new Map()))
  expect(localStorage.length).toBe(0)
  localStorage.setItem('netguru.topology.t1', '[["a",1],["b",1,2],3,null]')
  expect([...readPins('t1').keys()]).toEqual(['b'])
  localStorage.setItem('netguru.topology.t1', '{')
  expect(readPins('t1').size).toBe(0)
})
