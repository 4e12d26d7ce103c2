// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { fileName } from './ExportMenu'
import { toCsv, toDot, toDrawio, toGraphml } from './exports'
import { pictureSize, sized } from './picture'
import { sample } from './sample'

const evil = `=<a href="x">&'\\\u0007`
const { snapshot } = sample(({ graph_data: { nodes, edges } }) => {
  const [node] = nodes
  if (node !== undefined) node.data.label = evil
  const [edge] = edges
  if (edge !== undefined) {
    edge.data.source.label = evil
    edge.data.lag = evil
    edge.data.evidence = [{ source: 'subnet', text: 'says "so", twice', at: [] }]
  }
})

function parsed(text: string): Document {
  const document = new DOMParser().parseFromString(text, 'application/xml')
  expect(document.querySelector('parsererror')).toBeNull()
  return document
}

test('GraphML is XML with all nodes and edges, whatever the names', () => {
  const document = parsed(toGraphml(snapshot))
  expect(document.querySelectorAll('node')).toHaveLength(5)
  expect(document.querySelectorAll('edge')).toHaveLength(5)
  expect(document.querySelector('node data[key=label]')?.textContent).toBe(`=<a href="x">&'\\ `)
})

test('draw.io has unique ids, and a parent for each label', () => {
  const cells = [...parsed(toDrawio(snapshot)).querySelectorAll('mxCell')]
  const ids = cells.map((cell) => cell.getAttribute('id'))
  expect(new Set(ids).size).toBe(ids.length)
  for (const cell of cells.slice(1)) expect(ids).toContain(cell.getAttribute('parent'))
  expect(cells.find((cell) => cell.getAttribute('id') === 'n0')?.getAttribute('value')).toContain(
    '<a href="x">',
  )
})

test('DOT quotes what would end a string', () => {
  const dot = toDot(snapshot)
  expect(dot).toContain(`label="=<a href=\\"x\\">&'\\\\ "`)
  expect(dot).toContain('subgraph cluster_0 {')
  expect(dot).toContain('"acc1" -- "dist1" [ id="a1-d1" taillabel="Gi1/0/49" headlabel="Et5" color=red];')
})

test('CSV has a row for each link, and no formulas', () => {
  const rows = toCsv(snapshot).split('\r\n')
  expect(rows).toHaveLength(7)
  expect(rows[1]).toContain(`"'=<a href=""x"">&'\\ "`)
  expect(rows[1]).toContain('"says ""so"", twice"')
  expect(rows[0]?.split(',')).toHaveLength(13)
})

test('a picture has the size of the drawing, as far as a canvas can hold it', () => {
  const svg = '<svg xmlns="x" viewBox="0 0 1335 994" width="100%" height="100%">'
  expect(pictureSize(svg)).toEqual({ width: 1335, height: 994, scale: 2 })
  expect(sized(svg, 1335, 994)).toContain('width="1335" height="994"')
  expect(pictureSize('<svg viewBox="0 0 40000 1000">')?.scale).toBeCloseTo(0.4)
  expect(pictureSize('<svg>')).toBeNull()
})

test('a title is the name of the file without what file systems forbid', () => {
  expect(fileName('São Paulo: core / 2026')).toBe('São-Paulo-core-2026')
  expect(fileName('')).toBe('topology')
})
