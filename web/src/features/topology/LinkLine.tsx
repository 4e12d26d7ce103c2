// SPDX-License-Identifier: Apache-2.0
/* The lines of the drawing, with the port or address at each end. */
import type { Edge, EdgeProps } from '@xyflow/react'
import { memo, useContext } from 'react'
import { classes } from '@/ui'
import styles from './Drawing.module.css'
import { DetailContext, type DetailLevel } from './detail'
import { paletteColor } from './look'
import { anchor, control, pointAt, type Point, type Route } from './routes'
import type { DrawnEdge } from './shape'

export interface LineData extends Record<string, unknown> {
  drawn: DrawnEdge
  route: Route
  sizes: [[width: number, height: number], [width: number, height: number]]
  isPicked: boolean
  isLit: boolean
  isDim: boolean
}
export type LineEdge = Edge<LineData, 'line'>

/** The point of the line that far from its beginning, by the length of the straight line. */
function near(a: Point, c: Point, b: Point, distance: number): Point {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1
  return pointAt(a, c, b, Math.min(0.4, distance / length))
}

/** About the width of a label: 10 px letters. */
const widthOf = (text: string) => text.length * 5.4 + 8

const middleOf = ({ places, sides }: Route) =>
  sides[0] === 'left' || sides[0] === 'right' ? 0.5 : 0.5 + (places[0] - 0.5) * 0.5

interface LabelsProps {
  drawn: DrawnEdge
  a: Point
  b: Point
  c: Point
  detail: DetailLevel
  /** Where the label of the middle is: lines side by side have theirs at different places. */
  at: number
}

function Labels({ drawn, a, b, c, detail, at }: LabelsProps) {
  const { middle, ends } = drawn.look
  const [dx, dy] = [Math.abs(b[0] - a[0]), Math.abs(b[1] - a[1])]
  const length = Math.hypot(dx, dy)
  const isFlat = dy < dx * 0.35
  const needed = isFlat ? widthOf(ends[0]) + widthOf(ends[1]) + widthOf(middle) : 90
  // Where both do not fit, one stands above the line and one below.
  const apart = isFlat && widthOf(ends[0]) + widthOf(ends[1]) > length ? 7 : 0
  const distance = (text: string) => (isFlat ? widthOf(text) / 2 + 4 : Math.min(60, (14 * length) / dy))
  const from = near(a, c, b, distance(ends[0]))
  const to = near(b, c, a, distance(ends[1]))
  const mid = pointAt(a, c, b, at)
  return (
    <>
      {detail === 'near' && ends[0] !== '' && (
        <text className={styles.endLabel} x={from[0]} y={from[1] - apart}>
          {ends[0]}
        </text>
      )}
      {detail === 'near' && ends[1] !== '' && (
        <text className={styles.endLabel} x={to[0]} y={to[1] + apart}>
          {ends[1]}
        </text>
      )}
      {middle !== '' && length > needed && (
        <text className={styles.middle} x={mid[0]} y={mid[1]}>
          {middle}
        </text>
      )}
    </>
  )
}

export const Line = memo(function Line({ data, sourceX, sourceY, targetX, targetY }: EdgeProps<LineEdge>) {
  const detail = useContext(DetailContext)
  if (data === undefined) return null
  const { drawn, route, sizes } = data
  const [[sw, sh], [tw, th]] = sizes
  const a = anchor({ x: sourceX, y: sourceY, width: sw, height: sh }, route.sides[0], route.places[0])
  const b = anchor({ x: targetX, y: targetY, width: tw, height: th }, route.sides[1], route.places[1])
  const c = control(a, b, route.bend)
  const path =
    route.bend === 0 ? `M${a[0]} ${a[1]}L${b[0]} ${b[1]}` : `M${a[0]} ${a[1]}Q${c[0]} ${c[1]} ${b[0]} ${b[1]}`
  const { look, change } = drawn
  return (
    <g className={classes((data.isDim || drawn.faint) && styles.dim)}>
      {detail !== 'dots' && <path className={styles.hit} d={path} />}
      <path
        d={path}
        style={look.color !== null && look.tone === null ? { stroke: paletteColor(look.color) } : undefined}
        className={classes(
          styles.line,
          look.dashed && styles.dashed,
          change === null && look.tone !== null && styles[`${look.tone}Line`],
          change !== null && styles[`${change}Line`],
          data.isLit && styles.lit,
          data.isPicked && styles.picked,
        )}
      />
      {(detail === 'near' || detail === 'middle') && (
        <Labels drawn={drawn} a={a} b={b} c={c} detail={detail} at={middleOf(route)} />
      )}
    </g>
  )
})
