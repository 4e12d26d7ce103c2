// SPDX-License-Identifier: Apache-2.0
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { FileDocument } from '@/api/queries'
import { sample } from '../sample'
import { partOf, partSize } from './AllPackets'
import { bytesOf, filterOf, nodeAt, nodesOf } from './bytes'
import { rungsOf } from './ladder'
import { Packets } from './Packets'
import { exactTime } from './PacketView'
import { pagesOf, pageSize } from './queries'
import { courseOf, unwrap } from './sequence'
import { spanOf, type Packet, type PacketRow } from './types'

function row(number: number, more: Partial<PacketRow> = {}): PacketRow {
  return {
    number,
    time: `17000000${number}.000000001`,
    relative_s: number / 1000,
    source: '10.0.0.1',
    destination: '10.0.0.2',
    protocol: 'tcp',
    length: 74,
    captured: 74,
    info: `info of ${number}`,
    ...more,
  }
}

function segment(number: number, from: 'a' | 'b', tcp: Partial<NonNullable<PacketRow['tcp']>>): PacketRow {
  return row(number, {
    conversation: { transport: 'tcp', stream: 0, from, source_port: 1000, destination_port: 80 },
    tcp: { flags: ['ACK'], seq: 0, ack: 0, window: 10, length: 0, events: [], ...tcp },
  })
}

const packet: Packet = {
  ...row(2),
  interface: 0,
  link_type: 'ether',
  layers: [
    {
      name: 'eth',
      offset: 0,
      length: 4,
      fields: [
        { name: 'eth.dst', value: '00:01', offset: 0, length: 2 },
        { name: 'eth.type', value: '0x0800', meaning: 'IPv4', offset: 2, length: 2 },
      ],
    },
    { name: 'udp', reassembled: true, length: 8, fields: [{ name: 'udp.srcport', value: '53' }] },
    { name: 'data', offset: 4, length: 2, fields: [] },
  ],
  fields_limited: false,
  bytes: '000108004142',
}

describe('bytes', () => {
  test('a byte belongs to the field around it, otherwise to the layer', () => {
    const nodes = nodesOf(packet)
    expect([...bytesOf(packet)]).toEqual([0, 1, 8, 0, 0x41, 0x42])
    expect(nodeAt(nodes, 1)?.field?.name).toBe('eth.dst')
    expect(nodeAt(nodes, 3)?.field?.name).toBe('eth.type')
    expect(nodeAt(nodes, 5)?.layer.name).toBe('data')
    expect(nodeAt(nodes, 6)).toBeNull()
  })
  test('what was reassembled has no bytes here', () => {
    expect(spanOf(packet.layers[1]!)).toBeNull()
    expect(spanOf({ offset: 3, length: 0 })).toBeNull()
  })
  test('a filter is offered where the value is a literal of one', () => {
    expect(filterOf({ name: 'ip.src', value: '10.0.0.1' })).toBe('ip.src == 10.0.0.1')
    expect(filterOf({ name: 'eth.src', value: '00:01:02:03:04:05' })).toBe('eth.src == 00:01:02:03:04:05')
    expect(filterOf({ name: 'http.request.uri', value: '/a b"' })).toBeNull()
  })
  test('a time keeps all its digits', () => {
    expect(exactTime('1700000000.123456789', 'en')).toMatch(/2023.* \.123456789$/)
  })
})

describe('pages and parts', () => {
  test('the pages in sight are asked for, and no other', () => {
    expect(pagesOf(0, 10)).toEqual([0])
    expect(pagesOf(pageSize - 1, pageSize)).toEqual([0, 1])
    expect(pagesOf(-3, 0)).toEqual([0])
  })
  test('a packet is in its part', () => {
    expect(partOf(1)).toBe(0)
    expect(partOf(partSize)).toBe(0)
    expect(partOf(partSize + 1)).toBe(1)
  })
})

describe('ladder', () => {
  test('says flags, numbers and lengths, and how long nothing came', () => {
    const rungs = rungsOf([
      segment(1000, 'a', { flags: ['SYN'], relative_seq: 0 }),
      segment(3000, 'b', { flags: ['PSH', 'ACK'], relative_seq: 1, relative_ack: 5, length: 7, window: 0 }),
      row(3001, { protocol: 'dns', info: 'query' }),
    ])
    expect(rungs.map(({ label }) => label)).toEqual([
      '[SYN] seq 0',
      '[PSH, ACK] seq 1 ack 5 len 7 win 0',
      'dns query',
    ])
    expect(rungs[1]).toMatchObject({ from: 'b', at: 2, gap: 2 })
  })
})

describe('sequence numbers', () => {
  test('go on after 2^32', () => {
    expect(unwrap(2 ** 32 - 10, 5)).toBe(2 ** 32 + 5)
    expect(unwrap(2 ** 32 + 5, 2 ** 32 - 10)).toBe(2 ** 32 - 10)
    expect(unwrap(100, 50)).toBe(50)
    expect(unwrap(0, 2 ** 32 - 1)).toBe(2 ** 32 - 1)
  })
  test('of one direction are sent, sent again and acknowledged by the other', () => {
    const course = courseOf(
      [
        segment(1, 'a', { relative_seq: 1, length: 10 }),
        segment(2, 'a', { relative_seq: 1, length: 10, events: ['retransmission'] }),
        segment(3, 'b', { relative_seq: 1, relative_ack: 11, length: 5 }),
        segment(4, 'b', { flags: ['RST'], relative_ack: 0 }),
        row(5),
      ],
      'a',
    )
    expect(course).toMatchObject({
      packets: [1, 2, 3, 4],
      sent: [11, null, null, null],
      again: [null, 11, null, null],
      acked: [null, null, 11, null],
      segments: 2,
      repeated: 1,
      highest: 11,
    })
  })
  test('are in the order of time', () => {
    const late = { ...segment(1, 'a', { relative_seq: 20, length: 1 }), relative_s: 9 }
    expect(courseOf([late, segment(2, 'a', { relative_seq: 1, length: 1 })], 'a').packets).toEqual([2, 1])
  })
})

describe('the room', () => {
  const asked: string[] = []
  const answers: { match: RegExp; status: number; body: unknown }[] = []
  beforeEach(() => {
    asked.length = 0
    answers.length = 0
    localStorage.setItem('netguru.language', 'en')
    // jsdom has no layout: a list has the height of some rows.
    for (const size of ['clientHeight', 'clientWidth'])
      Object.defineProperty(Element.prototype, size, { configurable: true, value: 400 })
    Element.prototype.scrollIntoView = () => {}
    Element.prototype.scrollTo = () => {}
    vi.stubGlobal('matchMedia', () => ({
      matches: false,
      addEventListener: () => {},
      removeEventListener: () => {},
    }))
    vi.stubGlobal('fetch', (request: Request) => {
      const url = new URL(request.url)
      const path = url.pathname + url.search
      asked.push(path)
      const answer = answers.find(({ match }) => match.test(path))
      return Promise.resolve(
        new Response(JSON.stringify(answer?.body ?? {}), {
          status: answer?.status ?? 500,
          headers: { 'Content-Type': 'application/json' },
        }),
      )
    })
  })
  afterEach(() => vi.unstubAllGlobals())

  function show(search: string) {
    const file = { id: 'f1', original_filename: 'x.pcap' } as FileDocument
    const router = createMemoryRouter(
      [{ path: '*', element: <Packets file={file} capture={{ ...sample, packets: 450 }} /> }],
      { initialEntries: [`/files/f1${search}`] },
    )
    const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
    render(
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>,
    )
    return () => new URLSearchParams(router.state.location.search)
  }
  const page = (first: number, count: number, more: Partial<PacketRow> = {}) => ({
    items: Array.from({ length: count }, (_, i) => row(first + i, more)),
    next: null,
  })

  test('lists packets, and a click opens one with its bytes', async () => {
    answers.push({ match: /packets\/2$/, status: 200, body: packet })
    answers.push({ match: /packets\?first=1&/, status: 200, body: page(1, 200) })
    const search = show('?part=packets')
    await userEvent.click(await screen.findByText('info of 2'))
    expect(search().get('packet')).toBe('2')
    const tree = await screen.findByRole('tree', { name: 'Layers' })
    expect(within(tree).getByText('reassembled from fragments')).toBeDefined()
    await userEvent.click(within(tree).getByText('eth.type'))
    const marked = screen.getAllByRole('gridcell', { selected: true })
    expect(marked.map((cell) => cell.textContent)).toEqual(['08', '00'])
    await userEvent.click(screen.getByText('41'))
    expect(within(tree).getByRole('treeitem', { selected: true }).textContent).toMatch(/^data/)
  })

  test('arrows move the choice, and the packet opens when they rest', async () => {
    answers.push({ match: /packets\/\d+$/, status: 200, body: packet })
    answers.push({ match: /first=1&/, status: 200, body: page(1, 200) })
    const search = show('?part=packets&packet=2')
    const list = await screen.findByRole('grid', { name: 'Packets' })
    list.focus()
    await userEvent.keyboard('{ArrowDown}{ArrowDown}')
    await waitFor(() => expect(search().get('packet')).toBe('4'))
    expect(asked).not.toContain('/api/v1/files/f1/packets/3')
  })

  test('folds a layer by the keys', async () => {
    answers.push({ match: /packets\/2$/, status: 200, body: packet })
    answers.push({ match: /first=1&/, status: 200, body: page(1, 200) })
    show('?packet=2')
    const tree = await screen.findByRole('tree', { name: 'Layers' })
    tree.focus()
    await userEvent.keyboard('{Home}{ArrowLeft}')
    expect(within(tree).queryByText('eth.dst')).toBeNull()
    await userEvent.keyboard('{ArrowRight}{ArrowDown}')
    expect(within(tree).getByRole('treeitem', { selected: true }).textContent).toMatch(/^eth.dst/)
  })

  test('a conversation loads all its pages for its ladder', async () => {
    const mine = (number: number) => segment(number, 'a', { relative_seq: number, length: 1 })
    answers.push({
      match: /first=1&.*conversation=4/,
      status: 200,
      body: { items: [mine(3), mine(8)], next: 12 },
    })
    answers.push({
      match: /first=12&.*conversation=4/,
      status: 200,
      body: { items: [mine(12)], next: null },
    })
    show('?part=packets&conversation=4&view=ladder')
    const ladder = await screen.findByRole('listbox')
    await waitFor(() => expect(within(ladder).getAllByRole('option').length).toBe(3))
    expect(within(ladder).getByText('[ACK] seq 12 len 1')).toBeDefined()
  })

  test('an error is told, with a way to try again', async () => {
    answers.push({
      match: /packets\?/,
      status: 503,
      body: { error: { code: 'UNAVAILABLE', message: 'too many captures are being read', details: {} } },
    })
    show('?part=packets')
    expect(await screen.findByText(/too many captures are being read/)).toBeDefined()
  })

  test('a packet that is not there is not asked for', () => {
    show('?packet=451')
    expect(screen.getByText('The capture has only 450 packets.')).toBeDefined()
    expect(asked.some((path) => path.endsWith('/451'))).toBe(false)
  })
})
