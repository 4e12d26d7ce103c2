// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import type { AnalysisTask } from '@/api/queries'
import { columnsOf, outputsOf, rowsOf } from './show'

const output = {
  command: 'show ip interface brief',
  line: 3,
  columns: ['INTERFACE', 'MTU', 'ADDRESSES', 'EMPTY'],
  rows: [
    ['Gi0/0', '1500', ['10.0.0.1', '10.0.0.2'], ''],
    ['Loopback0', '', [], ''],
  ],
  lines: [5, 8],
  row_count: 2,
}

test('lists are one text, and rows know their lines', () => {
  expect(rowsOf(output)).toEqual([
    { key: 0, line: 5, cells: ['Gi0/0', '1500', '10.0.0.1, 10.0.0.2', ''] },
    { key: 1, line: 8, cells: ['Loopback0', '', '', ''] },
  ])
})

test('columns without text are left out, and numbers are known', () => {
  expect(columnsOf(output, rowsOf(output)).map(({ name, numeric }) => [name, numeric])).toEqual([
    ['INTERFACE', false],
    ['MTU', true],
    ['ADDRESSES', false],
  ])
})

test('results of other files have no outputs', () => {
  expect(outputsOf(undefined)).toBeNull()
  expect(outputsOf({ result: { interfaces: [] } } as unknown as AnalysisTask)).toBeNull()
  expect(outputsOf({ result: { outputs: [output] } } as unknown as AnalysisTask)).toEqual([output])
})
