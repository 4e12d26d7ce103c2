// SPDX-License-Identifier: Apache-2.0
/* The boxes of the drawing. */
import type { Node, NodeProps } from '@xyflow/react'
import { memo, useContext } from 'react'
import { classes } from '@/ui'
import { useTexts } from '@/i18n'
import { DetailContext } from './detail'
import type { Severity } from './graph'
import styles from './Drawing.module.css'
import { icons, paletteColor, systemName, tileColor } from './look'
import type { DrawnNode } from './shape'
import { topologyTexts } from './texts'

export interface CardData extends Record<string, unknown> {
  drawn: DrawnNode
  worst: Severity | null
  findings: number
  isSelected: boolean
  isCursor: boolean
  isDim: boolean
}
export type CardNode = Node<CardData, 'card'>
export type FrameNode = Node<{ name: string }, 'frame'>

/** The id of a box in the document. */
export const cardId = (node: string) => `topology-node-${node}`

/** Lines are drawn by our own routes; React Flow wants to find an end of each kind in every box. */
function Ends() {
  return (
    <>
      <span className={classes('source', styles.end)} data-handlepos="top" />
      <span className={classes('target', styles.end)} data-handlepos="top" />
    </>
  )
}

function Tile({ drawn, wide = false }: { drawn: DrawnNode; wide?: boolean }) {
  const Icon = icons[drawn.kind]
  const { color, kind, node } = drawn
  return (
    <span
      className={classes(styles.tile, wide && styles.wide)}
      style={
        color === null
          ? { background: tileColor(kind, node?.data.vendor) }
          : { background: paletteColor(color), color: 'var(--surface)' }
      }
    >
      {!wide && <Icon size={18} aria-hidden />}
    </span>
  )
}

function Words({ drawn }: { drawn: DrawnNode }) {
  const t = useTexts(topologyTexts)
  const { node } = drawn
  const facts = [node?.data.ip, node?.data.asn === undefined ? undefined : `AS ${node.data.asn}`]
  const second =
    drawn.kind === 'fold'
      ? t.members(String(drawn.members.length))
      : facts.filter((fact) => fact !== undefined && !drawn.label.includes(fact)).join(' · ')
  const third = node === null ? '' : [systemName(node.data), node.data.version].filter(Boolean).join(' ')
  return (
    <span className={styles.words}>
      <span className={styles.name}>{drawn.label}</span>
      {second !== '' && <span className={styles.detail}>{second}</span>}
      {third !== '' && <span className={styles.detail}>{third}</span>}
    </span>
  )
}

export const Card = memo(function Card({ data }: NodeProps<CardNode>) {
  const t = useTexts(topologyTexts)
  const { drawn, worst, findings } = data
  const detail = useContext(DetailContext)
  const about = [
    drawn.label,
    t[drawn.kind],
    drawn.node?.data.ip,
    drawn.change === null ? '' : t[drawn.change],
  ]
  if (findings > 0) about.push(`${findings} ${t.findings}`)
  return (
    <>
      <div
        id={cardId(drawn.id)}
        role="img"
        aria-label={about.filter(Boolean).join(', ')}
        className={classes(
          styles.card,
          drawn.kind === 'network' && styles.network,
          drawn.kind === 'external' && styles.external,
          drawn.kind === 'fold' && styles.fold,
          drawn.change !== null && styles[drawn.change],
          data.isSelected && styles.selected,
          data.isCursor && styles.cursor,
          (drawn.faint || data.isDim) && styles.faint,
        )}
      >
        {detail === 'dots' ? (
          <Tile drawn={drawn} wide />
        ) : drawn.kind === 'network' ? (
          drawn.label
        ) : (
          <>
            <Tile drawn={drawn} />
            <Words drawn={drawn} />
          </>
        )}
      </div>
      {worst !== null && !drawn.faint && (
        <span className={classes(styles.flag, styles[worst])} aria-hidden>
          {findings}
        </span>
      )}
      <Ends />
    </>
  )
})

export const FrameBox = memo(function FrameBox({ data }: NodeProps<FrameNode>) {
  return <div className={styles.frame}>{data.name}</div>
})
