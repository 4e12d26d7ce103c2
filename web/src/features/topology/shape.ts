// SPDX-License-Identifier: Apache-2.0
/* From the graph to what is drawn: layer, rules that hide or fold, a neighbourhood, and positions. */
import type { Change, Difference } from './difference'
import {
  neighbourhood,
  type GraphEdge,
  type GraphNode,
  type Model,
  type NodeKind,
  type Severity,
} from './graph'
import type { Layer, Look } from './layers'

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

export interface DrawnNode {
  id: string
  kind: NodeKind | 'fold'
  label: string
  node: GraphNode | null
  /** The nodes that a folded box stands for. */
  members: string[]
  box: Box
  faint: boolean
  color: number | null
  change: Change | null
}

export interface DrawnEdge {
  id: string
  source: string
  target: string
  /** One edge, or all between two boxes when an end is folded. */
  edges: GraphEdge[]
  look: Look
  faint: boolean
  change: Change | null
}

export interface Frame {
  name: string
  box: Box
}

export interface Drawing {
  nodes: DrawnNode[]
  edges: DrawnEdge[]
  frames: Frame[]
}

export interface Rules {
  hide: string[]
  fold: string[]
  focus: string | null
  hops: number
}

export type Positions = Map<string, { x: number; y: number }>

const escaped = (text: string) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&')

/** A rule names a group ("group:dc1") or nodes by their label, with * for any text. */
export function matches(rule: string, node: GraphNode): boolean {
  if (rule.startsWith('group:')) return node.data.group === rule.slice(6)
  const pattern = new RegExp(`^${rule.split('*').map(escaped).join('.*')}$`, 'i')
  return pattern.test(node.data.label) || pattern.test(node.id)
}

export const foldId = (rule: string) => `fold:${rule}`

function around(boxes: Box[], margin: number): Box {
  const x = Math.min(...boxes.map((box) => box.x)) - margin
  const y = Math.min(...boxes.map((box) => box.y)) - margin
  const right = Math.max(...boxes.map((box) => box.x + box.width)) + margin
  const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + margin
  return { x, y, width: right - x, height: bottom - y }
}

const rank: (Severity | null)[] = ['error', 'warning', 'info', null]

function joinLooks(looks: Look[]): Look {
  const tone = rank.find((severity) => looks.some((look) => look.tone === severity)) ?? null
  const color = looks.every((look) => look.color === looks[0]?.color) ? (looks[0]?.color ?? null) : null
  return {
    color,
    dashed: looks.every((look) => look.dashed),
    tone,
    middle: `${looks.length} ×`,
    ends: ['', ''],
  }
}

function foldOf(node: GraphNode, rules: string[]): string | undefined {
  return rules.find((rule) => matches(rule, node))
}

export function draw(
  model: Model,
  layer: Layer,
  rules: Rules,
  positions: Positions,
  difference: Difference | null,
): Drawing {
  const near = rules.focus === null ? null : neighbourhood(model, rules.focus, rules.hops)
  const shownBy = new Map<string, string>()
  const folds = new Map<string, GraphNode[]>()
  const nodes: DrawnNode[] = []
  const all = difference === null ? [...model.nodes.values()] : difference.nodes
  const boxOf = (node: GraphNode): Box => ({
    ...(positions.get(node.id) ?? node.position),
    width: node.width,
    height: node.height,
  })

  for (const node of all) {
    if (node.hidden === true || (near !== null && !near.has(node.id))) continue
    if (rules.hide.some((rule) => matches(rule, node))) continue
    const takesPart = layer.takesPart(node)
    const change = difference?.nodeChanges.get(node.id) ?? null
    if (!takesPart && node.data.file === undefined && change === null) continue
    const rule = foldOf(node, rules.fold)
    if (rule !== undefined) {
      shownBy.set(node.id, foldId(rule))
      folds.set(rule, [...(folds.get(rule) ?? []), node])
      continue
    }
    shownBy.set(node.id, node.id)
    nodes.push({
      id: node.id,
      kind: node.type,
      label: node.data.label,
      node,
      members: [],
      box: boxOf(node),
      faint: difference === null ? !takesPart : change === null,
      color: layer.nodeColor(node),
      change,
    })
  }
  for (const [rule, members] of folds) {
    const area = around(members.map(boxOf), 0)
    const kept = positions.get(foldId(rule))
    nodes.push({
      id: foldId(rule),
      kind: 'fold',
      label: rule.startsWith('group:') ? rule.slice(6) : rule,
      node: null,
      members: members.map((node) => node.id),
      box: {
        x: kept?.x ?? area.x + area.width / 2 - 90,
        y: kept?.y ?? area.y + area.height / 2 - 30,
        width: 180,
        height: 60,
      },
      faint: false,
      color: null,
      change: null,
    })
  }
  return {
    nodes,
    edges: drawEdges(difference?.edges ?? [...model.edges.values()], layer, shownBy, difference),
    frames: framesOf(nodes),
  }
}

function drawEdges(
  all: GraphEdge[],
  layer: Layer,
  shownBy: Map<string, string>,
  difference: Difference | null,
): DrawnEdge[] {
  const edges: DrawnEdge[] = []
  const joined = new Map<string, { source: string; target: string; edges: GraphEdge[]; looks: Look[] }>()
  for (const edge of all) {
    const [source, target] = [shownBy.get(edge.source), shownBy.get(edge.target)]
    if (edge.hidden === true || source === undefined || target === undefined || source === target) continue
    const look = layer.edge(edge)
    if (look === null) continue
    if (source === edge.source && target === edge.target) {
      const change = difference?.edgeChanges.get(edge.id) ?? null
      edges.push({
        id: edge.id,
        source,
        target,
        edges: [edge],
        // A comparison has its own colours.
        look: difference === null ? look : { ...look, color: null, tone: null },
        faint: difference !== null && change === null,
        change,
      })
      continue
    }
    const key = [source, target].sort().join('\n')
    const one = joined.get(key) ?? { source, target, edges: [], looks: [] }
    one.edges.push(edge)
    one.looks.push(look)
    joined.set(key, one)
  }
  for (const { source, target, edges: members, looks } of joined.values()) {
    const id = `fold:${source}--${target}`
    edges.push({ id, source, target, edges: members, look: joinLooks(looks), faint: false, change: null })
  }
  return edges
}

function framesOf(nodes: DrawnNode[]): Frame[] {
  const members = new Map<string, Box[]>()
  for (const { node, box } of nodes) {
    if (node?.data.group === undefined) continue
    const boxes = members.get(node.data.group)
    if (boxes === undefined) members.set(node.data.group, [box])
    else boxes.push(box)
  }
  return [...members].map(([name, boxes]) => {
    const area = around(boxes, 24)
    return { name, box: { ...area, y: area.y - 30, height: area.height + 30 } }
  })
}

/** The node that lies nearest in a direction, for the arrow keys. */
export function nextNode(nodes: DrawnNode[], from: string | null, key: string): DrawnNode | undefined {
  const start = nodes.find((node) => node.id === from)
  if (start === undefined) return nodes.toSorted((a, b) => a.box.y - b.box.y || a.box.x - b.box.x)[0]
  const dx = key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : 0
  const dy = key === 'ArrowUp' ? -1 : key === 'ArrowDown' ? 1 : 0
  const middle = ({ box }: DrawnNode): [number, number] => [box.x + box.width / 2, box.y + box.height / 2]
  const [x, y] = middle(start)
  let found: DrawnNode | undefined
  let least = Infinity
  for (const node of nodes) {
    const [nx, ny] = middle(node)
    const along = (nx - x) * dx + (ny - y) * dy
    if (node === start || along < 10) continue
    const across = Math.abs((nx - x) * dy) + Math.abs((ny - y) * dx)
    const cost = along + 2.5 * across
    if (cost < least) {
      least = cost
      found = node
    }
  }
  return found
}
