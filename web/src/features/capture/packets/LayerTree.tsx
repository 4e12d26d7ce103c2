// SPDX-License-Identifier: Apache-2.0
/* The layers of a packet with their fields, as a tree: arrows move, left and right fold. */
import { ChevronDown, ChevronRight } from 'lucide-react'
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { classes } from '@/ui'
import type { Node } from './bytes'
import styles from './packets.module.css'
import { packetTexts } from './texts'

function Place({ node }: { node: Node }) {
  const t = useTexts(packetTexts)
  const format = useFormat()
  if (node.layer.reassembled === true) return <span className="muted">{t.reassembled}</span>
  if (node.span === null) return null
  const { offset, length } = node.span
  return (
    <span className="muted">
      {length === 1
        ? t.byteAt(format.number(offset))
        : t.bytesAt(format.number(offset), format.number(offset + length - 1))}
    </span>
  )
}

function LayerName({ node, open }: { node: Node; open: boolean }) {
  return (
    <>
      <span className={styles.fold} aria-hidden>
        {node.layer.fields.length > 0 && (open ? <ChevronDown size={13} /> : <ChevronRight size={13} />)}
      </span>
      <strong>{node.layer.name}</strong>
      <Place node={node} />
    </>
  )
}

function FieldValue({ node }: { node: Node }) {
  const { field } = node
  if (field === null) return null
  return (
    <>
      <span className={styles.fieldName}>{field.name}</span>
      <span className={styles.fieldValue} lang="en">
        {field.value}
        {field.meaning != null && <span className="muted">{` (${field.meaning})`}</span>}
      </span>
    </>
  )
}

export function LayerTree({
  nodes,
  selected,
  label,
  onSelect,
  onHover,
}: {
  nodes: Node[]
  selected: string | null
  label: string
  onSelect: (id: string) => void
  onHover: (id: string | null) => void
}) {
  const id = useId()
  const tree = useRef<HTMLDivElement>(null)
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  // What is chosen in the bytes is shown even where its layer was folded.
  const chosenLayer = selected?.split('.')[0] ?? ''
  const shown = nodes.filter(
    (node) => node.field === null || !folded.has(node.id.split('.')[0] ?? '') || node.id === selected,
  )
  const at = Math.max(
    0,
    shown.findIndex((node) => node.id === selected),
  )
  useEffect(() => {
    if (selected !== null)
      tree.current?.querySelector('[aria-selected=true]')?.scrollIntoView?.({ block: 'nearest' })
  }, [selected])

  const fold = (layer: string, isFolded: boolean) => {
    const next = new Set(folded)
    if (isFolded) next.add(layer)
    else next.delete(layer)
    setFolded(next)
  }
  const press = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowDown: selected === null ? 0 : at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: shown.length - 1,
    }
    const target = moves[event.key]
    const node = shown[at]
    if (target !== undefined) {
      event.preventDefault()
      const next = shown[Math.max(0, Math.min(shown.length - 1, target))]
      if (next !== undefined) onSelect(next.id)
    } else if (event.key === 'ArrowLeft' && node !== undefined) {
      event.preventDefault()
      if (node.field !== null) onSelect(chosenLayer)
      else fold(node.id, true)
    } else if (event.key === 'ArrowRight' && node?.field === null) {
      event.preventDefault()
      fold(node.id, false)
    } else if (event.key === 'Enter' && node?.field === null) {
      fold(node.id, !folded.has(node.id))
    }
  }
  return (
    <div
      ref={tree}
      role="tree"
      tabIndex={0}
      className={styles.tree}
      aria-label={label}
      aria-activedescendant={selected === null ? undefined : `${id}${selected}`}
      onKeyDown={press}
      onPointerLeave={() => onHover(null)}
    >
      {shown.map((node) => {
        const isLayer = node.field === null
        const open = isLayer && !folded.has(node.id)
        return (
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the tree has the focus and the keys
          <div
            key={node.id}
            id={`${id}${node.id}`}
            role="treeitem"
            aria-level={isLayer ? 1 : 2}
            aria-expanded={isLayer && node.layer.fields.length > 0 ? open : undefined}
            aria-selected={node.id === selected}
            className={classes(styles.node, isLayer && styles.layer)}
            onClick={() => {
              if (isLayer && node.id === selected) fold(node.id, open)
              onSelect(node.id)
            }}
            onPointerEnter={() => onHover(node.id)}
          >
            {isLayer ? <LayerName node={node} open={open} /> : <FieldValue node={node} />}
          </div>
        )
      })}
    </div>
  )
}
