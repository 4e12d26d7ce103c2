// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import type { NetworkFinding } from '@/api/queries'
import { countSeverities, worstFirst } from './summary'

const finding = (severity: NetworkFinding['severity'], message = ''): NetworkFinding => ({
  severity,
  kind: 'x',
  message,
  at: [],
})

test('what the tools call info counts as a note', () => {
  expect(countSeverities([finding('info'), finding('note'), finding('error')])).toEqual({
    error: 1,
    warning: 0,
    note: 2,
  })
})

test('the most severe come first, and equals keep their order', () => {
  const order = [finding('note', 'a'), finding('error', 'b'), finding('info', 'c'), finding('error', 'd')]
  expect(worstFirst(order, 3).map((one) => one.message)).toEqual(['b', 'd', 'a'])
})
