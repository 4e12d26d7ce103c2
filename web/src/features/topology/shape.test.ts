// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { compareModels } from './difference'
import { layerOf } from './layers'
import { anchor, control, pointAt, routesOf } from './routes'
import { node, sample } from './sample'
import { selectionOf } from './selection'
import { draw, foldId, matches, nextNode, type Box, type Rules } from './shape'

const nothing: Rules = { hide: [], fold: [], focus: null, hops: 1 }
const drawn = (rules: Partial<Rules>, model = sample()) =>
  draw(model, layerOf('all', model, null), { ...nothing, ...rules }, new Map(), null)

test('rules name groups, or names with any text for a star', () => {
  const acc = node('lis-acc1.example', 0, 0, { group: 'dc1' })
  expect(matches('lis-acc*', acc)).toBe(true)
  expect(matches('LIS-*.example', acc)).toBe(true)
  expect(matches('acc', acc)).toBe(false)
  expect(matches('lis-acc1-example', acc)).toBe(false)
  expect(matches('group:dc1', acc)).toBe(true)
  expect(matches('group:dc', acc)).toBe(false)
})

test('what is hidden takes its lines along', () => {
  const { nodes, edges } = drawn({ hide: ['dist1'] })
  expect(nodes.map(({ id }) => id)).toEqual(['dist2', 'acc1', 'net', 'as64500'])
  expect(edges.map(({ id }) => id)).toEqual(['d2-lan'])
})

test('a folded group is one box, and its lines to another are one', () => {
  const { nodes, edges, frames } = drawn({ fold: ['group:lis'] })
  const fold = nodes.find(({ kind }) => kind === 'fold')
  expect(fold).toMatchObject({ id: foldId('group:lis'), label: 'lis', members: ['dist1', 'dist2'] })
  const toLan = edges.find(({ source, target }) => source === 'net' || target === 'net')
  expect(toLan?.edges.map(({ id }) => id)).toEqual(['d1-lan', 'd2-lan'])
  expect(edges.some(({ id }) => id === 'd1-d2')).toBe(false)
  expect(frames.map(({ name }) => name)).toEqual(['opo'])
})

test('moved nodes stay where they were put', () => {
  const model = sample()
  const { nodes } = draw(
    model,
    layerOf('all', model, null),
    nothing,
    new Map([['acc1', { x: 7, y: 9 }]]),
    null,
  )
  expect(nodes.find(({ id }) => id === 'acc1')?.box).toMatchObject({ x: 7, y: 9 })
})

test('a view leaves out networks and peers without a part in it, and keeps devices faint', () => {
  const model = sample()
  const { nodes } = draw(model, layerOf('ospf', model, null), nothing, new Map(), null)
  expect(nodes.map(({ id, faint }) => [id, faint])).toEqual([
    ['dist1', false],
    ['dist2', false],
    ['acc1', true],
    ['net', false],
  ])
})

test('arrows go to the nearest node of their direction', () => {
  const { nodes } = drawn({})
  expect(nextNode(nodes, null, 'ArrowDown')?.id).toBe('as64500')
  expect(nextNode(nodes, 'dist1', 'ArrowRight')?.id).toBe('dist2')
  expect(nextNode(nodes, 'acc1', 'ArrowDown')?.id).toBe('net')
  expect(nextNode(nodes, 'as64500', 'ArrowUp')).toBeUndefined()
})

test('what is selected lights its neighbours, and the box into which one is folded', () => {
  const model = sample()
  const drawing = drawn({ fold: ['group:opo'] }, model)
  const { lit, node: selected } = selectionOf(model, drawing, null, 'dist1', null)
  expect(selected?.id).toBe('dist1')
  expect(lit.has('d1-d2') && lit.has('acc1') && lit.has(foldId('group:opo'))).toBe(true)
  expect(selectionOf(model, drawing, null, 'gone', null).isUnknown).toBe(true)
  expect([...selectionOf(model, drawing, null, null, 1).lit]).toEqual(['dist2'])
})

test('lines of a pair run side by side without crossing', () => {
  const boxes = new Map<string, Box>([
    ['a', { x: 0, y: 0, width: 100, height: 50 }],
    ['b', { x: 0, y: 200, width: 100, height: 50 }],
  ])
  const routes = routesOf(
    [
      { id: '1', source: 'a', target: 'b' },
      { id: '2', source: 'b', target: 'a' },
    ],
    boxes,
  )
  expect(routes.get('1')?.places).toEqual([1 / 3, 1 / 3])
  expect(routes.get('2')?.places).toEqual([2 / 3, 2 / 3])
})

test('a line bends around a box in its way', () => {
  const a = { x: 0, y: 0, width: 100, height: 50 }
  const b = { x: 0, y: 400, width: 100, height: 50 }
  const wall = { x: 10, y: 200, width: 80, height: 40 }
  const route = routesOf(
    [{ id: '1', source: 'a', target: 'b' }],
    new Map(Object.entries({ a, b, wall })),
  ).get('1')
  expect(route?.bend).not.toBe(0)
  const [from, to] = [anchor(a, 'bottom', 0.5), anchor(b, 'top', 0.5)]
  const [x] = pointAt(from, control(from, to, route?.bend ?? 0), to, 0.5)
  expect(x < wall.x || x > wall.x + wall.width).toBe(true)
})

test('two topologies differ by nodes, edges, their fields and findings', () => {
  const before = sample()
  const after = sample(({ graph_data, metadata }) => {
    graph_data.nodes = graph_data.nodes.filter(({ id }) => id !== 'acc1')
    graph_data.edges = graph_data.edges.filter(({ id }) => id !== 'a1-d1')
    graph_data.nodes.push(node('new', 200, 200))
    const link = graph_data.edges.find(({ id }) => id === 'd1-d2')
    if (link !== undefined) link.data.source = { ...link.data.source, address: '10.9.9.9/30' }
    const moved = graph_data.nodes.find(({ id }) => id === 'dist1')
    if (moved !== undefined) moved.position = { x: 5, y: 5 }
    metadata.findings.shift()
  })
  const difference = compareModels(before, after)
  expect([...difference.nodeChanges]).toEqual([
    ['new', 'added'],
    ['acc1', 'removed'],
  ])
  expect([...difference.edgeChanges]).toEqual([
    ['d1-d2', 'changed'],
    ['a1-d1', 'removed'],
  ])
  expect(difference.fields.get('d1-d2')).toEqual([
    { field: 'source.address', before: '10.0.1.1/30', after: '10.9.9.9/30' },
  ])
  expect(difference.findings.map(({ change, finding }) => [change, finding.kind])).toEqual([
    ['removed', 'vlan_allowed_mismatch'],
  ])
  const removed = difference.nodes.find(({ id }) => id === 'acc1')
  expect(removed?.position.x).toBeGreaterThan(349)
})
