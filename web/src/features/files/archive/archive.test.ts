// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import type { FileDocument } from '@/api/queries'
import { archiveOf, byReason, countsOf, filesByArchive, type LeftOut } from './archive'

const file = (name: string, more: Record<string, unknown> = {}) =>
  ({ id: name, original_filename: name, file_type: 'config', status: 'completed', ...more }) as FileDocument

test('only an archive that was unpacked has counts', () => {
  const archive = { files: 3, new_files: 2, left_out: 1, incomplete: 'cut' }
  expect(countsOf(file('net.zip', { file_type: 'archive', metadata: { archive } }))).toEqual({
    files: 3,
    newFiles: 2,
    leftOut: 1,
    incomplete: 'cut',
  })
  expect(countsOf(file('net.zip', { file_type: 'archive' }))).toBeNull()
  expect(countsOf(file('r1.cfg', { metadata: { archive } }))).toBeNull()
})

test('files stand with the archive that they came out of', () => {
  const from = (name: string, id: string) =>
    file(name, { metadata: { from_archive: { id, name: 'net.zip' } } })
  const byArchive = filesByArchive([
    from('r10.cfg', 'a'),
    file('x.cfg'),
    from('r2.cfg', 'a'),
    from('y.cfg', 'b'),
  ])
  expect(byArchive.get('a')?.map(({ id }) => id)).toEqual(['r2.cfg', 'r10.cfg'])
  expect(byArchive.get('b')).toHaveLength(1)
  expect(archiveOf(from('r2.cfg', 'a'))).toEqual({ id: 'a', name: 'net.zip' })
  expect(archiveOf(file('x.cfg', { metadata: { from_archive: 'odd' } }))).toBeNull()
})

test('what was left out is grouped, the most common reason first', () => {
  const left = (name: string, reason: LeftOut['reason']) => ({ name, reason })
  const groups = byReason([left('a', 'kind'), left('b', 'hidden'), left('c', 'hidden')])
  expect(groups.map(([reason, items]) => [reason, items.length])).toEqual([
    ['hidden', 2],
    ['kind', 1],
  ])
})
