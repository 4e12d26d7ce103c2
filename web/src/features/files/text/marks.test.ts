// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { byLine, marksOf } from './marks'

test('findings of the file and of the network stand at their lines, the worst first', () => {
  const place = (document_id: string, line: number) => ({ document_id, document: 'x', line })
  const marks = marksOf(
    [
      { id: 'snmp', severity: 'note', title: 'any address', line: 8 },
      { id: 'shadowed', severity: 'warning', title: 'never matches', line: 265, other_line: 264 },
      { id: 'capture', severity: 'note', title: 'packets', packets: [1] },
    ],
    [
      { severity: 'error', kind: 'mtu', message: 'MTU', at: [place('other', 1), place('me', 264)] },
      { severity: 'error', kind: 'bgp', message: 'elsewhere', at: [place('other', 2)] },
    ],
    'me',
  )
  expect(marks.map(({ title, lines }) => [title, lines])).toEqual([
    ['MTU', [264]],
    ['never matches', [265, 264]],
    ['any address', [8]],
    ['packets', []],
  ])
  expect(
    byLine(marks)
      .get(264)
      ?.map(({ title }) => title),
  ).toEqual(['MTU', 'never matches'])
  expect([...byLine(marks).keys()].sort((a, b) => a - b)).toEqual([8, 264, 265])
})
