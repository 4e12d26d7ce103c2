// SPDX-License-Identifier: Apache-2.0
/* Small parts of the panels. */
import { Link } from 'react-router'
import { filePath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { classes, type Tone } from '@/ui'
import { otherEnd, worst, type GraphEdge, type Model, type SourceLine } from './graph'
import styles from './Panels.module.css'
import type { Documents } from './queries'
import { topologyTexts } from './texts'

/** A line of a file: a link to it, as long as the document is there. */
export function Place({
  at,
  documents,
  hostname,
}: {
  at: SourceLine
  documents: Documents
  hostname?: string | undefined
}) {
  const t = useTexts(topologyTexts)
  const id = documents.of(at.file, hostname)
  const text = at.line > 0 ? `${at.file}:${at.line}` : at.file
  if (id == null)
    return <span className={styles.place}>{id === null ? `${text} (${t.fileDeleted})` : text}</span>
  return (
    <Link className={styles.place} to={filePath(id, at.line > 0 ? { from: at.line } : {})}>
      {text}
    </Link>
  )
}

export function Places({ at, documents }: { at: SourceLine[]; documents: Documents }) {
  return (
    <span className={styles.places}>
      {at.map((place) => (
        <Place key={`${place.file}:${place.line}`} at={place} documents={documents} />
      ))}
    </span>
  )
}

/** Good states of BGP and OSPF are green, those that cannot come up red, the rest plain. */
export function stateTone(state: string): Tone {
  if (['UNIQUE_MATCH', 'DYNAMIC_MATCH', 'compatible'].includes(state)) return 'good'
  if (['UNKNOWN_REMOTE', 'DISABLED', 'passive'].includes(state)) return 'plain'
  return 'error'
}

interface EdgeRowsProps {
  model: Model
  edges: GraphEdge[]
  /** The node from which they are seen; null: both ends are named. */
  from: string | null
  onSelect: (id: string) => void
}

export function EdgeRows({ model, edges, from, onSelect }: EdgeRowsProps) {
  const name = (id: string) => model.nodes.get(id)?.data.label ?? id
  return (
    <div>
      {edges.map((edge) => {
        const [own, other] =
          from === null || edge.source === from
            ? [edge.data.source, edge.data.target]
            : [edge.data.target, edge.data.source]
        const far = from === null ? edge.target : otherEnd(edge, from)
        const severity = worst(model.findingsOfEdge.get(edge.id))
        const near = [from === null ? name(edge.source) : '', own.label ?? ''].filter(Boolean).join(' ')
        return (
          <button key={edge.id} type="button" className={styles.row} onClick={() => onSelect(edge.id)}>
            <span className={classes(styles.dot, severity !== null && styles[severity])} aria-hidden />
            <span className={styles.near}>{near === '' ? edge.data.bgp : near}</span>
            <span aria-hidden>{'–'}</span>
            <span className={styles.far}>
              {name(far)} <span className="muted">{other.label}</span>
            </span>
          </button>
        )
      })}
    </div>
  )
}
