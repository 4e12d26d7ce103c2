// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { SseParser } from './sse'

const stream =
  '\ufeff: heartbeat\r\nid: 7\r\ndata: {"a":1}\r\n\r\n' +
  'id: 8\ndata: line one\ndata:line two\nretry: 5\n\n' +
  'event: odd\rdata:\rdata: x\r\r' +
  'id: 9\n\n' +
  'data: {"é":"…"}\n\n'
const events = [
  { id: '7', type: 'message', data: '{"a":1}' },
  { id: '8', type: 'message', data: 'line one\nline two' },
  { id: null, type: 'odd', data: '\nx' },
  { id: null, type: 'message', data: '{"é":"…"}' },
]

test('a stream is read the same wherever it is cut', () => {
  expect(new SseParser().push(stream)).toEqual(events)
  for (let at = 0; at <= stream.length; at++) {
    const parser = new SseParser()
    expect([...parser.push(stream.slice(0, at)), ...parser.push(stream.slice(at))], `cut at ${at}`).toEqual(
      events,
    )
  }
  const parser = new SseParser()
  expect([...stream].flatMap((character) => parser.push(character))).toEqual(events)
})

test('an event that is not whole is not told', () => {
  const parser = new SseParser()
  expect(parser.push('id: 1\ndata: half')).toEqual([])
  expect(parser.push(' of it\n')).toEqual([])
  expect(parser.push('\n')).toEqual([{ id: '1', type: 'message', data: 'half of it' }])
})
