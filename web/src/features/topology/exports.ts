// SPDX-License-Identifier: Apache-2.0
/*
 * The graph for other programs, with the attributes of `netguru topology --graphml`, --dot, --drawio
 * and --csv (src/engines/topology/export.c). Text of configurations is escaped in each format.
 */
import type { EdgeEnd, GraphEdge, GraphNode, NodeKind, Snapshot } from './graph'
import { tileColor } from './look'

/** XML 1.0 and DOT forbid control characters. */
// eslint-disable-next-line no-control-regex
const plain = (text: string) => text.replace(/[\u0000-\u001f\u007f]/g, ' ')

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const xml = (text: string) => plain(text).replace(/[&<>"']/g, (mark) => entities[mark] ?? mark)
const quoted = (text: string) => `"${plain(text).replace(/["\\]/g, '\\$&')}"`

const graphmlKeys: [owner: string, name: string, type: string][] = [
  ['node', 'label', 'string'],
  ['node', 'type', 'string'],
  ['node', 'ip', 'string'],
  ['node', 'system', 'string'],
  ['node', 'group', 'string'],
  ['node', 'file', 'string'],
  ['node', 'x', 'double'],
  ['node', 'y', 'double'],
  ['edge', 'kind', 'string'],
  ['edge', 'source_port', 'string'],
  ['edge', 'target_port', 'string'],
  ['edge', 'source_address', 'string'],
  ['edge', 'target_address', 'string'],
  ['edge', 'lag', 'string'],
  ['edge', 'bgp', 'string'],
  ['edge', 'ospf', 'string'],
  ['edge', 'confidence', 'double'],
  ['edge', 'problem', 'boolean'],
]

function graphmlData(values: Record<string, string | undefined>): string {
  return Object.entries(values)
    .map(([key, value]) =>
      value === undefined || value === '' ? '' : `<data key="${key}">${xml(value)}</data>`,
    )
    .join('')
}

export function toGraphml({ graph_data: { nodes, edges } }: Snapshot): string {
  const keys = graphmlKeys.map(
    ([owner, name, type]) => `  <key id="${name}" for="${owner}" attr.name="${name}" attr.type="${type}"/>\n`,
  )
  const nodeLines = nodes.map(({ id, type, position, data }) => {
    const values = graphmlData({
      label: data.label,
      type,
      ip: data.ip,
      system: data.system,
      file: data.file,
      group: data.group,
      x: position.x.toFixed(1),
      y: position.y.toFixed(1),
    })
    return `    <node id="${xml(id)}">${values}</node>\n`
  })
  const edgeLines = edges.map(({ id, source, target, data }) => {
    const values = graphmlData({
      kind: data.kind,
      source_port: data.source.interface,
      target_port: data.target.interface,
      source_address: data.source.address,
      target_address: data.target.address,
      lag: data.lag,
      bgp: data.bgp,
      ospf: data.ospf,
      confidence: data.confidence.toFixed(2),
      problem: String(data.problem),
    })
    return `    <edge id="${xml(id)}" source="${xml(source)}" target="${xml(target)}">${values}</edge>\n`
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n',
    ...keys,
    '  <graph id="network" edgedefault="undirected">\n',
    ...nodeLines,
    ...edgeLines,
    '  </graph>\n</graphml>\n',
  ].join('')
}

const dotShapes: Record<NodeKind, string> = {
  router: 'ellipse',
  switch: 'box',
  firewall: 'octagon',
  network: 'plaintext',
  external: 'doublecircle',
}

function dotNode({ id, type, data }: GraphNode): string {
  const tooltip = data.ip ?? data.label
  return `    ${quoted(id)} [ label=${quoted(data.label)} shape=${dotShapes[type]} tooltip=${quoted(tooltip)}];\n`
}

export function toDot({ graph_data: { nodes, edges } }: Snapshot): string {
  const groups = new Map<string | undefined, GraphNode[]>()
  for (const node of nodes) groups.set(node.data.group, [...(groups.get(node.data.group) ?? []), node])
  const parts = [...groups].map(([group, members], at) => {
    const lines = members.map(dotNode).join('')
    return group === undefined
      ? lines
      : `    subgraph cluster_${at} {\n    label=${quoted(group)};\n${lines}    }\n`
  })
  const links = edges.map(({ id, source, target, data }) => {
    const style = `${data.kind === 'bgp' ? ' style=dashed' : ''}${data.problem ? ' color=red' : ''}`
    const ends = `taillabel=${quoted(data.source.label ?? '')} headlabel=${quoted(data.target.label ?? '')}`
    return `    ${quoted(source)} -- ${quoted(target)} [ id=${quoted(id)} ${ends}${style}];\n`
  })
  return `graph network {\n    graph [rankdir=TB overlap=false];\n${parts.join('')}${links.join('')}}\n`
}

const drawioShapes: Record<NodeKind, string> = {
  router: 'ellipse',
  switch: 'rounded=1',
  firewall: 'rounded=0',
  network: 'rounded=1;arcSize=50;fillColor=#f1f5f9',
  external: 'ellipse;shape=cloud',
}

function drawioEnd(at: number, end: EdgeEnd, which: 's' | 't'): string {
  if (end.label === undefined || end.label === '') return ''
  return (
    `        <mxCell id="${which}${at}" value="${xml(end.label)}" style="edgeLabel;html=0;fontSize=9;" vertex="1" ` +
    `connectable="0" parent="e${at}"><mxGeometry x="${which === 't' ? '0.8' : '-0.8'}" relative="1" as="geometry"/></mxCell>\n`
  )
}

export function toDrawio({ graph_data: { nodes, edges }, metadata }: Snapshot): string {
  const index = new Map(nodes.map((node, at) => [node.id, at]))
  const boxes = nodes.map(
    ({ type, position, width, height, data }, at) =>
      `        <mxCell id="n${at}" value="${xml(data.label)}" style="${drawioShapes[type]};whiteSpace=wrap;html=0;strokeColor=${tileColor(type, data.vendor)};" ` +
      `vertex="1" parent="1"><mxGeometry x="${Math.round(position.x)}" y="${Math.round(position.y)}" ` +
      `width="${Math.round(width)}" height="${Math.round(height)}" as="geometry"/></mxCell>\n`,
  )
  const lines = edges.map(({ source, target, data }, at) => {
    const style = `${data.kind === 'bgp' ? 'dashed=1;' : ''}${data.problem ? 'strokeColor=#dc2626;' : ''}`
    return (
      `        <mxCell id="e${at}" value="${xml(data.bgp ?? data.lag ?? '')}" style="endArrow=none;html=0;rounded=1;${style}" ` +
      `edge="1" parent="1" source="n${index.get(source) ?? ''}" target="n${index.get(target) ?? ''}">` +
      `<mxGeometry relative="1" as="geometry"></mxGeometry></mxCell>\n` +
      drawioEnd(at, data.source, 's') +
      drawioEnd(at, data.target, 't')
    )
  })
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<mxfile host="netguru">\n  <diagram id="network" name="Network">\n' +
    `    <mxGraphModel dx="${Math.round(metadata.width)}" dy="${Math.round(metadata.height)}" grid="0" page="0">\n` +
    '      <root>\n        <mxCell id="0"/>\n        <mxCell id="1" parent="0"/>\n' +
    `${boxes.join('')}${lines.join('')}      </root>\n    </mxGraphModel>\n  </diagram>\n</mxfile>\n`
  )
}

/** A cell that a spreadsheet would take for a formula begins with an apostrophe. */
function cell(text: string | undefined): string {
  const value = text ?? ''
  const guarded = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return `"${plain(guarded).replaceAll('"', '""')}"`
}

export function toCsv({ graph_data: { nodes, edges } }: Snapshot): string {
  const labels = new Map(nodes.map((node) => [node.id, node.data.label]))
  const head =
    'kind,device_a,interface_a,address_a,device_b,interface_b,address_b,lag,bgp,ospf,confidence,problem,reasons'
  const end = (node: string, { interface: port, address }: EdgeEnd) => [
    cell(labels.get(node)),
    cell(port),
    cell(address),
  ]
  const row = ({ source, target, data }: GraphEdge) =>
    [
      cell(data.kind),
      ...end(source, data.source),
      ...end(target, data.target),
      cell(data.lag),
      cell(data.bgp),
      cell(data.ospf),
      data.confidence.toFixed(2),
      String(data.problem),
      cell(data.evidence.map((reason) => reason.text).join('; ')),
    ].join(',')
  return [head, ...edges.map(row), ''].join('\r\n')
}
