// SPDX-License-Identifier: Apache-2.0
import { expect, test, vi } from 'vitest'
import { isPacked, linesOfBytes, loadText, secretLines } from './lines'

const bytes = (text: string) => new TextEncoder().encode(text)

test('lines end by LF or CRLF, and the last needs no end', async () => {
  expect(await linesOfBytes(bytes('a\r\n b\n\nc'))).toEqual(['a', ' b', '', 'c'])
  expect(await linesOfBytes(bytes('a\n'))).toEqual(['a'])
  expect(await linesOfBytes(bytes(''))).toEqual([])
})

test('what is no UTF-8 is Latin-1, also when that shows only in a later slice', async () => {
  expect(await linesOfBytes(Uint8Array.of(0x70, 0xe9))).toEqual(['pé'])
  const long = new Uint8Array(3_000_000).fill(0x61)
  long[999_999] = 0x0a
  long[2_999_999] = 0xe9
  const lines = await linesOfBytes(long)
  expect(lines.map(({ length }) => length)).toEqual([999_999, 2_000_000])
  expect(lines[1]?.at(-1)).toBe('é')
})

test('a character that lies across two slices is one character', async () => {
  const text = `${'a'.repeat((1 << 20) - 1)}ção\nfim`
  expect(await linesOfBytes(bytes(text))).toEqual(text.split('\n'))
})

test('compressed files are known by their first bytes', () => {
  expect(isPacked(Uint8Array.of(0x1f, 0x8b, 8))).toBe(true)
  expect(isPacked(bytes('!\nversion 17.9'))).toBe(false)
})

test('only lines in which something was masked are taken from the stored text', () => {
  const lines = ['enable secret 9 $9$x', 'trailing  ', 'a <redacted> in the file']
  const stored = ['enable secret 9 <redacted>', 'trailing', 'a <redacted> in the file']
  expect([...secretLines(lines, stored)]).toEqual([0])
})

test('a file without its stored text is shown as it is, and nothing is said to be hidden', async () => {
  vi.stubGlobal('fetch', (request: Request) =>
    Promise.resolve(
      request.url.endsWith('/download')
        ? new Response('enable secret 0 x\n')
        : new Response('{"error":{"message":"no such document"}}', { status: 404 }),
    ),
  )
  const text = await loadText('an-id')
  expect(text.lines).toEqual(['enable secret 0 x'])
  expect(text.masked).toBeNull()
})
