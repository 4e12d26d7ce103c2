// SPDX-License-Identifier: Apache-2.0
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { AnalysisTask, FileDocument } from '@/api/queries'
import { formatFor } from '@/i18n/format'
import CaptureView from './CaptureView'
import { conversationsAsCsv } from './csv'
import { fieldTexts } from './fieldTexts'
import { closingFields, fields } from './filter/fields'
import { groupFindings } from './Findings'
import { icmpName } from './names'
import { paragraph } from './paragraph'
import {
  changed,
  concerned,
  conversationKey,
  findConversation,
  findingsByConversation,
  wiresharkFilter,
} from './places'
import { sample, sampleRows } from './sample'
import { story } from './story'
import { timeOf, withTime } from './timeRange'
import { captureTexts } from './texts'
import { captureOf, type CaptureResult, type Conversation } from './types'

const format = formatFor('en')
const [zero, refused, udp] = sampleRows as [Conversation, Conversation, Conversation]

describe('places', () => {
  test('a conversation is found by the key that its address has', () => {
    expect(sampleRows.map(conversationKey)).toEqual(['4', '2', 'udp:2'])
    for (const row of sampleRows) expect(findConversation(sampleRows, conversationKey(row))).toBe(row)
    expect(findConversation(sampleRows, 'tcp:2')).toBe(refused)
    expect(findConversation([udp], '2')).toBe(udp)
    for (const key of ['99', 'x', '', 'udp:4', '4;'])
      expect(findConversation(sampleRows, key)).toBeUndefined()
  })
  test('a finding leads to the conversations that its filter names', () => {
    const found = (sample.findings ?? []).map((finding) => concerned(finding, false))
    expect(found).toEqual(['tcp.stream in {4}', 'ip.addr == 10.20.20.80 && tcp.port == 8443', null])
    expect(concerned(sample.findings![1]!, true)).toBe(
      'ip.addr == 10.20.20.80 && tcp.port == 8443 && tcp.state == refused',
    )
  })
  test('a conversation has the findings that name it, not those of its port', () => {
    const found = findingsByConversation(sample)
    expect([...found.keys()]).toEqual(['4'])
    const withStates: CaptureResult = {
      ...sample,
      conversations: { ...sample.conversations, rows: [zero, { ...refused, tcp: { state: 'refused' } }] },
    }
    expect([...findingsByConversation(withStates).keys()]).toEqual(['4', '2'])
  })
  test('Wireshark numbers no streams of SCTP', () => {
    expect(wiresharkFilter(zero)).toBe('tcp.stream eq 4')
    expect(wiresharkFilter({ ...udp, transport: 'sctp' })).toBe(
      'ip.addr == 10.10.10.50 && ip.addr == 10.20.20.80 && sctp.port == 47501 && sctp.port == 33434',
    )
  })
  test('the rest of an address stays', () => {
    const search = changed(new URLSearchParams('tab=x&packet=3&filter=tcp'), { packet: null, part: 'hosts' })
    expect(search.toString()).toBe('tab=x&filter=tcp&part=hosts')
  })
})

describe('a time in a filter', () => {
  const range = { from: 1.5, to: 2.25 }
  test.each([
    ['', 'start < 2.25 && end >= 1.5'],
    ['tcp && port == 53', 'tcp && port == 53 && start < 2.25 && end >= 1.5'],
    ['tcp || udp', '(tcp || udp) && start < 2.25 && end >= 1.5'],
    ['(tcp || udp) && start < 9 && end >= 8', '(tcp || udp) && start < 2.25 && end >= 1.5'],
    ['start < 9 && end >= 8', 'start < 2.25 && end >= 1.5'],
  ])('%s', (before, after) => {
    expect(withTime(before, range)).toBe(after)
    expect(timeOf(after)).toEqual(range)
  })
  test('goes out of it again', () => {
    for (const filter of ['', 'tcp', 'tcp || udp', '(tcp || udp) && port == 5'])
      expect(withTime(withTime(filter, range), null)).toBe(filter)
    expect(timeOf('start < 5')).toBeNull()
  })
  test('is never before the capture', () => {
    expect(withTime('', { from: -0.5, to: 0.000001 })).toBe('start < 0.000001 && end >= 0')
  })
})

describe('sentences', () => {
  test('the first paragraph has the figures of the result and no others', () => {
    const said = paragraph(sample, captureTexts.en, format).join(' ')
    expect(said).toContain(
      'for 18 s on eth0. 372 packets, 326 kB on the wire; on average 20.6 packets/s and 145 kbit/s.',
    )
    expect(said).toContain('1 host talks in 3 conversations (TCP 2, UDP 1).')
    expect(said).toContain('between 10.10.10.50:56796 and 10.20.20.80:9002, has 39.7% of all bytes.')
    expect(said).not.toMatch(/DNS|HTTP|TLS|undefined|NaN/)
  })
  test('sums are said only of lists that are whole', () => {
    const row = { name: 'a', requests: 2, responses: 1, unanswered: 1, rcodes: { '3': 1 } }
    const facts = {
      dns_names: { count: 1, rows: [row] },
      tls_server_names: { count: 5, rows: [{ name: 'b', requests: 1 }] },
      http_hosts: { count: 0, rows: [] },
      http_statuses: [],
      other_names: 0,
      dns_untracked: 0,
      icmp: [],
      vlans: [],
      copies: { count: 0, routed: 0, retransmissions: 0, packets: [] },
    }
    const said = paragraph({ ...sample, facts }, captureTexts.en, format).join(' ')
    expect(said).toContain('DNS: 2 queries for 1 name, 1 without an answer, 1 refused or failed.')
    expect(said).not.toContain('TLS')
  })
  test('a capture without times or conversations says so', () => {
    const timeless = { ...sample }
    delete timeless.first_time
    delete timeless.duration_s
    const empty: CaptureResult = {
      ...timeless,
      packets_per_second: null,
      bits_per_second: null,
      conversations: { ...sample.conversations, count: 0, rows: [] },
    }
    const said = paragraph(empty, captureTexts['pt-BR'], formatFor('pt-BR')).join(' ')
    expect(said).toContain('Os pacotes não têm horário, em eth0.')
    expect(said).toContain('Não há nenhuma conversa TCP, UDP ou SCTP.')
  })
  test('what happened in a conversation', () => {
    expect(story(zero, captureTexts.en, format).join(' ')).toBe(
      '10.10.10.50:56796 opened a TCP connection to 10.20.20.80:9002 9.72 s after the first packet. ' +
        'The handshake took 61.3 µs. In 1.21 s, 10.10.10.50:56796 sent 1.55 kB and received 128 kB. ' +
        '2 segments were sent again. A receiver announced a zero window 2 times.',
    )
    expect(story(udp, captureTexts.en, format).at(-1)).toBe('10.10.10.50:47501 sent 55 B and got no answer.')
    const reset: Conversation = { ...zero, tcp: { state: 'reset', syn: 1, client: 'b', closed_by: 'a' } }
    const said = story(reset, captureTexts.en, format)
    expect(said[0]).toMatch(/^10\.20\.20\.80:9002 opened a TCP connection to 10\.10\.10\.50:56796/)
    expect(said.at(-1)).toBe('10.10.10.50:56796 ended it with a reset.')
  })
})

test('findings of one kind and severity are one group, in the order of the first', () => {
  const [a, b, c] = sample.findings!
  const groups = groupFindings([a!, b!, { ...a!, severity: 'warning' }, a!, c!])
  expect(groups.map(({ id, findings }) => `${id} ${findings.length}`)).toEqual([
    'tcp_zero_window 2',
    'tcp_refused 1',
    'tcp_zero_window 1',
    'dns_failure 1',
  ])
})

test('every field of a filter is explained in both languages', () => {
  for (const { name } of [...fields, ...closingFields])
    for (const language of ['en', 'pt-BR'] as const)
      expect(fieldTexts[language][name as keyof (typeof fieldTexts)['en']], name).toBeTruthy()
})

test('ICMP has the names of its RFCs', () => {
  expect(icmpName('icmp', 3, 4)).toBe('Fragmentation needed')
  expect(icmpName('icmp', 11, 0)).toBe('Time to live exceeded in transit')
  expect(icmpName('icmpv6', 1, 4)).toBe('Port unreachable')
  expect(icmpName('icmpv6', 2, 0)).toBe('Packet too big')
  expect(icmpName('icmp', 99, 0)).toBe('')
})

test('a table for other programs has one line a conversation', () => {
  const lines = conversationsAsCsv(sampleRows).split('\r\n')
  expect(lines).toHaveLength(5)
  expect(lines[1]).toMatch(/^tcp,4,10\.10\.10\.50,56796,10\.20\.20\.80,9002,23,1550,96,127764,9\.723298884,/)
  expect(new Set(lines.slice(0, 4).map((line) => line.split(',').length)).size).toBe(1)
})

test('what is no capture is refused', () => {
  for (const result of [null, undefined, 'x', {}, { packets: 3 }]) expect(captureOf(result)).toBeNull()
  expect(captureOf(sample)).toBe(sample)
})

describe('the page', () => {
  beforeEach(() => {
    localStorage.setItem('netguru.language', 'en')
    // jsdom has no layout and no media queries.
    Element.prototype.scrollIntoView = () => {}
    vi.stubGlobal('matchMedia', () => ({
      matches: false,
      addEventListener: () => {},
      removeEventListener: () => {},
    }))
    vi.stubGlobal('fetch', () => new Promise(() => {}))
  })

  function show(address: string, result: unknown = sample) {
    const file = { id: 'f1', original_filename: 'mixed.pcapng' } as FileDocument
    const task = { id: 't1', result } as AnalysisTask
    const router = createMemoryRouter(
      [{ path: '/files/:id', element: <CaptureView file={file} task={task} /> }],
      { initialEntries: [`/files/f1${address}`] },
    )
    render(
      <QueryClientProvider client={new QueryClient()}>
        <RouterProvider router={router} />
      </QueryClientProvider>,
    )
    return {
      router,
      user: userEvent.setup(),
      search: () => new URLSearchParams(router.state.location.search),
    }
  }
  const rowsShown = () => Number(screen.getByRole('grid').getAttribute('aria-rowcount')) - 1

  test('a finding leads to its packets and its conversations', async () => {
    const { user, search } = show('')
    expect(screen.getByRole('link', { name: 'Packet 268' }).getAttribute('href')).toBe('/files/f1?packet=268')
    await user.click(screen.getAllByRole('link', { name: 'Conversations' })[0]!)
    expect(search().get('filter')).toBe('tcp.stream in {4}')
    expect(rowsShown()).toBe(1)
  })

  test('a filter is written with suggestions and goes into the address', async () => {
    const { user, search } = show('?part=conversations')
    const line = screen.getByRole('combobox', { name: 'Filter' })
    await user.type(line, 'udp.po{ArrowDown}{Enter}')
    expect((line as HTMLInputElement).value).toBe('udp.port ')
    await user.type(line, '== 33434{Escape}{Enter}')
    await waitFor(() => expect(search().get('filter')).toBe('udp.port == 33434'))
    expect(rowsShown()).toBe(1)
    expect(screen.getByText(/1 of 3/)).toBeDefined()
    await user.click(screen.getByRole('button', { name: 'Clear the filter' }))
    expect(search().get('filter')).toBeNull()
    expect(rowsShown()).toBe(3)
  })

  test('a fault is told, and all rows stay', () => {
    show('?filter=prot%20%3D%3D%205')
    expect(screen.getByText('There is no field “prot”. Did you mean port?')).toBeDefined()
    expect(screen.getByRole('combobox').getAttribute('aria-invalid')).toBe('true')
    expect(rowsShown()).toBe(3)
  })

  test('a conversation opens by its address and by its row, and closes', async () => {
    const { user, search } = show('?conversation=4')
    expect(screen.getByRole('complementary', { name: 'TCP conversation 4' })).toBeDefined()
    await user.click(screen.getByRole('button', { name: 'Close the conversation' }))
    expect(search().get('conversation')).toBeNull()
    screen.getByRole('grid').focus()
    await user.keyboard('{End}{Enter}')
    expect(search().get('conversation')).toBe('udp:2')
  })

  test('time is chosen on the time line by keys', async () => {
    const timeline = {
      start_s: 0,
      bin_s: 5,
      rows: [
        [10, 900, 0, 0],
        [20, 1800, 2, 1],
        [0, 0, 0, 0],
        [5, 300, 0, 0],
      ],
    }
    const { user, search } = show('?part=conversations', { ...sample, timeline })
    const line = screen.getByRole('slider', { name: 'Time line' })
    line.focus()
    await user.keyboard('{ArrowRight}')
    expect(line.getAttribute('aria-valuetext')).toBe(
      '5 s to 10 s: 20 packets, 1.8 kB; 2 retransmissions, 1 reset',
    )
    await user.keyboard('{Shift>}{ArrowRight}{/Shift}{Enter}')
    expect(search().get('filter')).toBe('start < 15 && end >= 5')
    await user.click(screen.getByRole('button', { name: 'Whole time' }))
    expect(search().get('filter')).toBeNull()
  })

  test('one that the analysis has not kept is told', () => {
    show('?conversation=99')
    expect(screen.getByText(/Conversation 99 is not among those/)).toBeDefined()
  })

  test('a packet has the findings that name it', () => {
    show('?packet=270')
    const note = screen.getByRole('region', { name: 'Packet 270' })
    expect(within(note).getByText('frame.number == 270')).toBeDefined()
    expect(within(note).getByText(/zero window 2 times/)).toBeDefined()
  })

  test('without a result it says so', () => {
    show('', null)
    expect(screen.getByText('This analysis has no result of a capture.')).toBeDefined()
  })
})
