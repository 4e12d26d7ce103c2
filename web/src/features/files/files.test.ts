// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import type { FileDocument } from '@/api/queries'
import { devicesOf, matches } from './files'

const file = (name: string, more: Record<string, unknown> = {}) =>
  ({
    id: name,
    original_filename: name,
    file_type: 'config',
    status: 'completed',
    vendor: 'cisco',
    created_at: '2026-03-01',
    ...more,
  }) as FileDocument

test('a filter wants every word, the kind and the state', () => {
  const edge = file('lis-edge1.cfg', { metadata: { hostname: 'LIS-EDGE1' } })
  expect(matches(edge, { text: 'edge CISCO', kind: 'config', state: 'completed' })).toBe(true)
  expect(matches(edge, { text: 'edge juniper', kind: '', state: '' })).toBe(false)
  expect(matches(edge, { text: '', kind: 'log', state: '' })).toBe(false)
  const running = file('a', { status: 'uploaded', vendor: null })
  expect(matches(running, { text: '', kind: '', state: 'pending' })).toBe(true)
})

test('versions of a device stand together, the newest first; files without a device are left out', () => {
  const devices = devicesOf([
    file('r10.cfg', { metadata: { hostname: 'r10' } }),
    file('r2-old.cfg', { metadata: { hostname: 'r2' }, created_at: '2026-01-01' }),
    file('notes.txt'),
    file('r2-new.cfg', { metadata: { hostname: 'r2' }, created_at: '2026-02-01' }),
  ])
  expect(devices.map(({ hostname }) => hostname)).toEqual(['r2', 'r10'])
  expect(devices[0]?.versions.map(({ id }) => id)).toEqual(['r2-new.cfg', 'r2-old.cfg'])
})
