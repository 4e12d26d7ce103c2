// SPDX-License-Identifier: Apache-2.0
/*
 * Where the lines run: each leaves its box at a place of its own, in the order of the places to
 * which the lines lead, so lines of a pair run side by side. A line that would cross a box is bent.
 * The result is relative to the boxes, so it holds while one is dragged.
 */
import type { Box } from './shape'

export type Side = 'top' | 'bottom' | 'left' | 'right'

export interface Route {
  sides: [Side, Side]
  /** Where on its side each end is: 0 to 1. */
  places: [number, number]
  /** How far the middle is pushed from the straight line. */
  bend: number
}

interface Line {
  id: string
  source: string
  target: string
}

interface End {
  line: number
  end: 0 | 1
  side: Side
  order: number
}

export type Point = [x: number, y: number]

const centre = (box: Box): Point => [box.x + box.width / 2, box.y + box.height / 2]

/** Which sides face each other; boxes of one row that are not neighbours are joined above. */
function sidesOf(a: Box, b: Box, between: boolean): [Side, Side] {
  const [ax, ay] = centre(a)
  const [bx, by] = centre(b)
  const gapY = Math.max(b.y - (a.y + a.height), a.y - (b.y + b.height))
  if (gapY > 12) return ay < by ? ['bottom', 'top'] : ['top', 'bottom']
  if (between) return ['top', 'top']
  return ax < bx ? ['right', 'left'] : ['left', 'right']
}

export function anchor(box: Box, side: Side, place: number): Point {
  if (side === 'top') return [box.x + box.width * place, box.y]
  if (side === 'bottom') return [box.x + box.width * place, box.y + box.height]
  if (side === 'left') return [box.x, box.y + box.height * place]
  return [box.x + box.width, box.y + box.height * place]
}

/** The point through which a bent line is pulled. */
export function control(a: Point, b: Point, bend: number): Point {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]]
  const length = Math.hypot(dx, dy) || 1
  return [(a[0] + b[0]) / 2 - (dy / length) * bend, (a[1] + b[1]) / 2 + (dx / length) * bend]
}

export function pointAt(a: Point, c: Point, b: Point, t: number): Point {
  const u = 1 - t
  return [u * u * a[0] + 2 * u * t * c[0] + t * t * b[0], u * u * a[1] + 2 * u * t * c[1] + t * t * b[1]]
}

/** Boxes by squares of the plane, so that a line asks only those near it. */
class Grid {
  private readonly cells = new Map<string, number[]>()
  constructor(
    private readonly boxes: Box[],
    private readonly size = 200,
  ) {
    boxes.forEach((box, at) => {
      for (let x = Math.floor(box.x / size); x <= Math.floor((box.x + box.width) / size); x++)
        for (let y = Math.floor(box.y / size); y <= Math.floor((box.y + box.height) / size); y++) {
          const key = `${x} ${y}`
          const cell = this.cells.get(key)
          if (cell === undefined) this.cells.set(key, [at])
          else cell.push(at)
        }
    })
  }
  hit([x, y]: Point, margin: number, but: [Box, Box]): boolean {
    const cell = this.cells.get(`${Math.floor(x / this.size)} ${Math.floor(y / this.size)}`)
    return (
      cell?.some((at) => {
        const box = this.boxes[at]
        return (
          box !== undefined &&
          box !== but[0] &&
          box !== but[1] &&
          x > box.x - margin &&
          x < box.x + box.width + margin &&
          y > box.y - margin &&
          y < box.y + box.height + margin
        )
      }) ?? false
    )
  }
}

function crossings(a: Point, b: Point, bend: number, grid: Grid, ends: [Box, Box]): number {
  const steps = Math.min(60, Math.max(8, Math.ceil(Math.hypot(b[0] - a[0], b[1] - a[1]) / 25)))
  const c = control(a, b, bend)
  let hits = 0
  for (let step = 1; step < steps; step++) if (grid.hit(pointAt(a, c, b, step / steps), 6, ends)) hits++
  return hits
}

/** Beyond this length a line is left straight: bends that big say less than a crossed box. */
const longest = 1600

function bendOf(a: Point, b: Point, sides: [Side, Side], grid: Grid, ends: [Box, Box]): number {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1])
  if (sides[0] === 'top' && sides[1] === 'top') return (b[0] < a[0] ? 1 : -1) * Math.min(180, 50 + length / 8)
  if (length > longest) return 0
  let best = 0
  let least = crossings(a, b, 0, grid, ends)
  for (const size of [60, 120, 200, 300]) {
    for (const bend of least === 0 ? [] : [size, -size]) {
      const hits = crossings(a, b, bend, grid, ends)
      if (hits < least) [best, least] = [bend, hits]
    }
  }
  return best
}

function inRowBetween(a: Box, b: Box, grid: Grid): boolean {
  const [left, right] = a.x < b.x ? [a, b] : [b, a]
  const y = (centre(a)[1] + centre(b)[1]) / 2
  for (let x = left.x + left.width + 10; x < right.x - 10; x += 20)
    if (grid.hit([x, y], 0, [a, b])) return true
  return false
}

export function routesOf(lines: Line[], boxes: Map<string, Box>): Map<string, Route> {
  const grid = new Grid([...boxes.values()])
  const ends = new Map<string, End[]>()
  const routes: (Route | null)[] = lines.map((line, at) => {
    const [a, b] = [boxes.get(line.source), boxes.get(line.target)]
    if (a === undefined || b === undefined) return null
    const sameRow = Math.abs(centre(a)[1] - centre(b)[1]) < (a.height + b.height) / 2 + 12
    const sides = sidesOf(a, b, sameRow && inRowBetween(a, b, grid))
    for (const end of [0, 1] as const) {
      const [own, other, side] = end === 0 ? [a, b, sides[0]] : [b, a, sides[1]]
      const [dx, dy] = [centre(other)[0] - centre(own)[0], centre(other)[1] - centre(own)[1]]
      const order = side === 'left' || side === 'right' ? dy : dx / (Math.abs(dy) + 60)
      const key = `${end === 0 ? line.source : line.target}\n${side}`
      const list = ends.get(key) ?? []
      list.push({ line: at, end, side, order })
      ends.set(key, list)
    }
    return { sides, places: [0.5, 0.5], bend: 0 }
  })
  const id = (end: End) => lines[end.line]?.id ?? ''
  for (const list of ends.values()) {
    list.sort((x, y) => x.order - y.order || (id(x) < id(y) ? -1 : 1))
    list.forEach((end, at) => {
      const route = routes[end.line]
      if (route != null) route.places[end.end] = (at + 1) / (list.length + 1)
    })
  }
  const result = new Map<string, Route>()
  routes.forEach((route, at) => {
    const line = lines[at]
    const [a, b] = [boxes.get(line?.source ?? ''), boxes.get(line?.target ?? '')]
    if (route === null || line === undefined || a === undefined || b === undefined) return
    const from = anchor(a, route.sides[0], route.places[0])
    const to = anchor(b, route.sides[1], route.places[1])
    result.set(line.id, { ...route, bend: bendOf(from, to, route.sides, grid, [a, b]) })
  })
  return result
}
