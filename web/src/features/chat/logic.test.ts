// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { splitBlocks } from './blocks'
import { upTo, withNewest, withOlder } from './branch'
import { answerOf, emptyAnswer, takeEvent } from './live'
import { linesWithQuote } from './quote'
import { titleOf, type ChatEvent, type Message } from './types'

function message(id: string, parent: string | null, content = ''): Message {
  return {
    id,
    conversation_id: 'c',
    parent_id: parent,
    role: 'assistant',
    content,
    state: 'streaming',
    metadata: {},
    created_at: '2026-03-12T10:00:00Z',
  }
}

const chunk = (content: string, offset: number): ChatEvent => ({
  type: 'message_chunk',
  message_id: 'm',
  content,
  offset,
})

test('text that is told again is taken once, by bytes', () => {
  const events = [chunk('Não', 0), chunk(' há “rota”', 4), chunk(' aqui', 19)]
  let answer = emptyAnswer('m')
  for (const event of [...events, ...events]) answer = takeEvent(answer, event)
  expect(answer).toMatchObject({ text: 'Não há “rota” aqui', bytes: 24, hasGap: false })
})

test('the events of a turn go on where the stored text ends, even within a piece', () => {
  let answer = answerOf(message('m', null, 'Não há'))
  answer = takeEvent(answer, chunk('Não há “rota”', 0))
  expect(answer.text).toBe('Não há “rota”')
})

test('missing text is noticed and nothing is put in the wrong place', () => {
  const answer = takeEvent(takeEvent(emptyAnswer('m'), chunk('ab', 0)), chunk('z', 5))
  expect(answer).toMatchObject({ text: 'ab', hasGap: true })
})

test('citations and calls of tools are kept once; the end tells the state', () => {
  const events: ChatEvent[] = [
    { type: 'tool_started', message_id: 'm', call_id: '1', name: 'search', arguments: '{"query":"x"}' },
    { type: 'tool_finished', message_id: 'm', call_id: '1', name: 'search', ok: true },
    { type: 'citation', message_id: 'm', n: 1, document: 'a.cfg', quote: 'x' },
    { type: 'error', message_id: 'm', message: 'no credit' },
  ]
  let answer = emptyAnswer('m')
  for (const event of [...events, ...events]) answer = takeEvent(answer, event)
  expect(answer.calls).toEqual([{ id: '1', name: 'search', arguments: '{"query":"x"}', ok: true }])
  expect(answer.citations).toMatchObject([{ n: 1, document: 'a.cfg', quote: 'x' }])
  expect(answer).toMatchObject({ state: 'failed', reason: 'no credit' })
})

test('the newest page is joined with the pages before it only within one branch', () => {
  const chain = (...ids: string[]) => ids.map((id, at) => message(id, ids[at - 1] ?? null))
  const known = withOlder(
    { messages: chain('c', 'd'), older: 'c' },
    { items: chain('a', 'b'), next_cursor: null },
  )
  expect(known.messages.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd'])
  const next = [message('d', 'c'), message('e', 'd')]
  const joined = withNewest(known, { items: next, next_cursor: 'd' })
  expect(joined.messages.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(joined.older).toBe(null)
  const other = withNewest(known, { items: [message('y', 'x')], next_cursor: 'y' })
  expect(other).toEqual({ messages: [message('y', 'x')], older: 'y' })
  const beside = withNewest(known, { items: [message('b2', 'a')], next_cursor: 'b2' })
  expect(beside.messages.map(({ id }) => id)).toEqual(['a', 'b2'])
  expect(upTo(known.messages, 'b').map(({ id }) => id)).toEqual(['a', 'b'])
  expect(upTo(known.messages, null)).toEqual([])
})

test('blocks of Markdown are whole and put together they are the text', () => {
  const text =
    '# T\n\npara\nmore\n\n1. one\n\n2. two\n\n   deep\n\n```text\na\n\n# no\n```\n\n````\n```\n\nx\n````\n\nlast\n'
  const blocks = splitBlocks(text)
  expect(blocks.join('')).toBe(text)
  expect(blocks.map((block) => block.trim())).toEqual([
    '# T',
    'para\nmore\n\n1. one\n\n2. two\n\n   deep',
    '```text\na\n\n# no\n```',
    '````\n```\n\nx\n````',
    'last',
  ])
  expect(splitBlocks('```\nopen\n\nstill')).toEqual(['```\nopen\n\nstill'])
})

test('a quotation is found across lines, whatever the white space', () => {
  const lines = ['1. Purpose', '', 'The  MTU of the', '  link is 9214.', 'End']
  expect([...linesWithQuote(lines, 'MTU of the\nlink is')]).toEqual([2, 3])
  expect(linesWithQuote(lines, 'not there').size).toBe(0)
})

test('an untouched conversation has no name of another language', () => {
  expect(titleOf({ title: 'Nova Conversa', message_count: 0 }, 'New')).toBe('New')
  expect(titleOf({ title: 'Nova Conversa', message_count: 2 }, 'New')).toBe('Nova Conversa')
})
