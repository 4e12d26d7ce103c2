// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { findNodes } from './find'
import { areaName, areasOf, neighbourhood, worst, type GraphEdge } from './graph'
import { layerOf } from './layers'
import { documentOf, outdatedBy } from './queries'
import { sample } from './sample'
import { readShown, writeShown } from './state'
import type { FileDocument } from '@/api/queries'

const edgeOf = (model: ReturnType<typeof sample>, id: string) => model.edges.get(id) as GraphEdge

test('an adjacency over a LAN is at both ends of it', () => {
  const model = sample()
  expect(areasOf(edgeOf(model, 'd1-lan'), model)).toEqual([10])
  expect(areasOf(edgeOf(model, 'd2-lan'), model)).toEqual([10])
  expect(areasOf(edgeOf(model, 'd1-d2'), model)).toEqual([0])
  expect(areasOf(edgeOf(model, 'a1-d1'), model)).toEqual([])
})

test('areas are numbers, and dotted where they cannot be one', () => {
  expect(areaName(0)).toBe('0')
  expect(areaName(20)).toBe('20')
  expect(areaName(0x0a000001)).toBe('10.0.0.1')
  expect(areaName(0xffffffff)).toBe('255.255.255.255')
})

test('a finding belongs to its edge and to the devices of its files', () => {
  const model = sample()
  expect(worst(model.findingsOfEdge.get('a1-d1'))).toBe('warning')
  expect(worst(model.findingsOfNode.get('dist2'))).toBe('error')
  expect(model.findingsOfNode.get('dist1')).toHaveLength(1)
  expect(worst(model.findingsOfNode.get('net'))).toBeNull()
})

test('a neighbourhood grows by hops and ends where the network does', () => {
  const model = sample()
  expect([...neighbourhood(model, 'acc1', 1)].sort()).toEqual(['acc1', 'dist1'])
  expect(neighbourhood(model, 'acc1', 9).size).toBe(5)
})

test('views show the edges of their layer', () => {
  const model = sample()
  const shown = (view: Parameters<typeof layerOf>[0]) => {
    const layer = layerOf(view, model, null)
    return [...model.edges.values()].filter((edge) => layer.edge(edge) !== null).map(({ id }) => id)
  }
  expect(shown('all')).toHaveLength(5)
  expect(shown('l2')).toEqual(['d1-d2', 'a1-d1'])
  expect(shown('l3')).toEqual(['d1-d2'])
  expect(shown('ospf')).toEqual(['d1-d2', 'd1-lan', 'd2-lan'])
  expect(shown('bgp')).toEqual(['bgp1'])
  expect(layerOf('ospf', model, null).edge(edgeOf(model, 'd1-d2'))?.tone).toBe('error')
  expect(layerOf('ospf', model, null).legend.map(({ label, count }) => [label, count])).toEqual([
    ['0', 1],
    ['10', 2],
  ])
  expect(layerOf('bgp', model, null).edge(edgeOf(model, 'bgp1'))?.tone).toBe('error')
})

test('nodes are found by name, address and AS', () => {
  const model = sample()
  const ids = (text: string) => findNodes(model, text).map(({ id }) => id)
  expect(ids('dist')).toEqual(['dist1', 'dist2'])
  expect(ids('10.0.0.12')).toEqual(['dist2'])
  expect(ids('10.0.1.2')).toEqual(['dist2'])
  expect(ids('AS 64500')).toEqual(['as64500'])
  expect(ids('nothing')).toEqual([])
})

test('the address has what is shown, and nothing that is not', () => {
  expect(writeShown(readShown(new URLSearchParams(''))).toString()).toBe('')
  const search =
    'view=vlan&vlan=30&selected=a%3Ab&focus=dist1&hops=2&hide=a*&hide=group%3Ax&fold=b&compare=t0&tab=changes'
  expect(writeShown(readShown(new URLSearchParams(search))).toString()).toBe(
    new URLSearchParams(search).toString(),
  )
  const broken = readShown(new URLSearchParams('view=x&vlan=5000&hops=0&finding=-1&tab=y'))
  expect(broken).toMatchObject({ view: 'all', vlan: null, hops: 1, finding: null, tab: null })
})

test('a topology is outdated by what was analysed, added and deleted since', () => {
  const file = (id: string, processed_at: string, file_type = 'config') =>
    ({ id, processed_at, file_type, status: 'completed' }) as FileDocument
  const { snapshot } = sample()
  const before = '2026-03-12T11:00:00Z'
  const after = '2026-03-12T13:00:00Z'
  const all = [file('doc-d1', before), file('doc-d2', before), file('doc-a1', before)]
  expect(outdatedBy(snapshot, all)).toEqual({ analysed: 0, deleted: 0, added: 0 })
  expect(
    outdatedBy(snapshot, [
      file('doc-d1', after),
      file('doc-d2', before),
      file('new', after),
      file('log', after, 'log'),
    ]),
  ).toEqual({ analysed: 1, deleted: 1, added: 1 })
})

test('of documents with one name, the host name tells which it is', () => {
  const file = (id: string, hostname: string) =>
    [id, { id, metadata: { hostname } } as unknown as FileDocument] as const
  const present = new Map([file('one', 'core1'), file('two', 'core2')])
  expect(documentOf(['one'], present, true)).toBe('one')
  expect(documentOf(['gone'], present, true)).toBeNull()
  expect(documentOf(['gone'], present, false)).toBe('gone')
  expect(documentOf([], present, true)).toBeUndefined()
  expect(documentOf(['one', 'two'], present, true)).toBeUndefined()
  expect(documentOf(['one', 'two'], present, true, 'core2')).toBe('two')
})

test('a finding in files of one name belongs to the ends of its edge', () => {
  const model = sample(({ graph_data: { nodes }, metadata }) => {
    for (const node of nodes) if (node.data.file !== undefined) node.data.file = 'running-config.cfg'
    for (const finding of metadata.findings) finding.at = [{ file: 'running-config.cfg', line: 1 }]
  })
  expect([...model.findingsOfNode.keys()].sort()).toEqual(['acc1', 'dist1'])
})
