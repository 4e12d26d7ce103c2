// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import type { FileDocument } from '@/api/queries'
import { groupsOf, matchesText, ofFile, ofNetwork } from './list'

const file = (id: string, hostname?: string) =>
  ({
    id,
    original_filename: `${id}.cfg`,
    metadata: hostname === undefined ? {} : { hostname },
  }) as unknown as FileDocument

const r1 = file('1', 'r1')
const log = file('2')
const byId = new Map([r1, log].map((one) => [one.id, one]))
const place = (document_id: string, line: number) => ({ document_id, document: `${document_id}.cfg`, line })
const network = ofNetwork(
  [
    { severity: 'info', kind: 'bgp_unknown_remote', message: 'no configuration', at: [place('1', 4)] },
    { severity: 'error', kind: 'mtu', message: '9214 against 1500', at: [place('1', 8), place('9', 3)] },
  ],
  [{ kind: 'mtu', message: '9214 against 1500', edge: 'r1:e2--r2:e0' }],
  byId,
)
const own = [
  ...ofFile(r1, [{ id: 'snmp', severity: 'note', title: 'any address', line: 8, fix: 'add a list' }]),
  ...ofFile(log, [{ id: 'loss', severity: 'warning', title: 'sent again', packets: [5, 6] }]),
]

test('a finding of the network has its edge, and a file that is unknown its name', () => {
  expect(network[1]).toMatchObject({ edge: 'r1:e2--r2:e0', devices: ['r1', '9.cfg'] })
  expect(network[0]?.edge).toBeNull()
})

test('groups by severity take note and info together, the worst first', () => {
  expect(
    groupsOf([...network, ...own], 'severity').map(({ name, findings }) => [name, findings.length]),
  ).toEqual([
    ['error', 1],
    ['warning', 1],
    ['note', 2],
  ])
})

test('a finding of two devices is in the groups of both', () => {
  const groups = groupsOf([...network, ...own], 'device')
  expect(groups.map(({ name }) => name)).toEqual(['2.cfg', '9.cfg', 'r1'])
  expect(groups[2]?.findings.map(({ kind }) => kind)).toEqual(['mtu', 'snmp', 'bgp_unknown_remote'])
})

test('the filter looks into titles, fixes, kinds, devices and names', () => {
  const found = (text: string) => [...network, ...own].filter((one) => matchesText(one, text)).length
  expect([found('r1'), found('add LIST'), found('mtu 1500'), found('2.cfg'), found('none')]).toEqual([
    3, 1, 1, 1, 0,
  ])
})

test('packets are places too', () => {
  expect(own[1]?.places.map(({ packet }) => packet)).toEqual([5, 6])
})
