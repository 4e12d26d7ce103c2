// SPDX-License-Identifier: Apache-2.0
/* The drawing in which one zooms, pans, drags, and moves by the keyboard. */
import '@xyflow/react/dist/style.css'
import {
  Background,
  MiniMap,
  ReactFlow,
  useReactFlow,
  useStore,
  type EdgeTypes,
  type NodeChange,
  type NodeTypes,
} from '@xyflow/react'
import { Maximize, Minus, Plus, RotateCcw } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useTexts } from '@/i18n'
import { classes, IconButton } from '@/ui'
import styles from './Drawing.module.css'
import { worst, type Model } from './graph'
import { DetailContext, type DetailLevel } from './detail'
import { Line, type LineEdge } from './LinkLine'
import { paletteColor, tileColor } from './look'
import { Card, cardId, FrameBox, type CardNode, type FrameNode } from './NodeCard'
import { routesOf } from './routes'
import { nextNode, type Box, type Drawing } from './shape'
import { topologyTexts } from './texts'
import room from './Topology.module.css'

const nodeTypes: NodeTypes = { card: Card, frame: FrameBox }
const edgeTypes: EdgeTypes = { line: Line }

interface CanvasProps {
  model: Model
  drawing: Drawing
  selected: string | null
  /** Nodes and edges that belong to what is selected; the rest is dimmed. Empty: nothing is. */
  lit: Set<string>
  onSelect: (id: string | null) => void
  onMove: (id: string, position: { x: number; y: number }) => void
  onReset: (() => void) | null
}

type Moving = { id: string; position: { x: number; y: number } } | null

/** A small drawing is its own overview. */
const withMap = 20
/** In a larger drawing one has to go nearer to read what is selected. */
const readable = 40
/** Up to so many boxes all are drawn: moving them is then left to the compositor. */
const drawnWhole = 1000

const slow = () => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 250)

/** Centres on a node or on the middle of an edge. */
export function useCentre(drawing: Drawing): (id: string) => void {
  const flow = useReactFlow()
  return useCallback(
    (id: string) => {
      const boxes = new Map(drawing.nodes.map((node) => [node.id, node.box]))
      const edge = drawing.edges.find((one) => one.id === id || one.edges.some((member) => member.id === id))
      const fold = drawing.nodes.find((node) => node.members.includes(id))
      const ends = (edge === undefined ? [fold?.id ?? id] : [edge.source, edge.target])
        .map((end) => boxes.get(end))
        .filter((box) => box !== undefined)
      if (ends.length === 0) return
      const x = ends.reduce((sum, box) => sum + box.x + box.width / 2, 0) / ends.length
      const y = ends.reduce((sum, box) => sum + box.y + box.height / 2, 0) / ends.length
      void flow.setCenter(x, y, { zoom: Math.max(0.8, flow.getZoom()), duration: slow() })
    },
    [flow, drawing],
  )
}

function detailAt(zoom: number): DetailLevel {
  return zoom < 0.2 ? 'dots' : zoom < 0.38 ? 'far' : zoom < 0.62 ? 'middle' : 'near'
}

function useElements({ model, drawing, selected, lit }: CanvasProps, cursor: string | null, moving: Moving) {
  const plain = useMemo(() => {
    const cards = drawing.nodes.map((drawn): CardNode => {
      const findings = drawn.node === null ? [] : (model.findingsOfNode.get(drawn.id) ?? [])
      return {
        id: drawn.id,
        type: 'card',
        position: { x: drawn.box.x, y: drawn.box.y },
        width: drawn.box.width,
        height: drawn.box.height,
        // What is out of sight is never measured, but counts when all is fitted to the window.
        measured: { width: drawn.box.width, height: drawn.box.height },
        handles: [
          { type: 'source', position: 'top' as never, x: 0, y: 0, width: 0, height: 0 },
          { type: 'target', position: 'top' as never, x: 0, y: 0, width: 0, height: 0 },
        ],
        data: {
          drawn,
          worst: worst(findings),
          findings: findings.length,
          isSelected: false,
          isCursor: false,
          isDim: false,
        },
      }
    })
    const frames = drawing.frames.map(({ name, box }): FrameNode => ({
      id: `frame:${name}`,
      type: 'frame',
      position: { x: box.x, y: box.y },
      width: box.width,
      height: box.height,
      zIndex: -1,
      draggable: false,
      focusable: false,
      style: { pointerEvents: 'none' },
      data: { name },
    }))
    return { cards, frames }
  }, [drawing, model])

  const lines = useMemo(() => {
    const boxes = new Map<string, Box>(drawing.nodes.map((node) => [node.id, node.box]))
    const routes = routesOf(drawing.edges, boxes)
    return drawing.edges.flatMap((drawn): LineEdge[] => {
      const [route, a, b] = [routes.get(drawn.id), boxes.get(drawn.source), boxes.get(drawn.target)]
      if (route === undefined || a === undefined || b === undefined) return []
      return [
        {
          id: drawn.id,
          type: 'line',
          source: drawn.source,
          target: drawn.target,
          ariaLabel: `${drawn.source} – ${drawn.target} ${drawn.look.ends.join(' ')} ${drawn.look.middle}`,
          data: {
            drawn,
            route,
            sizes: [
              [a.width, a.height],
              [b.width, b.height],
            ],
            isPicked: false,
            isLit: false,
            isDim: false,
          },
        },
      ]
    })
  }, [drawing])

  // Only what differs is made anew: React Flow draws again what is another object.
  const cards = useMemo(
    () =>
      plain.cards.map((card) => {
        const isDim = lit.size > 0 && !lit.has(card.id)
        const isSelected = card.id === selected
        const isCursor = card.id === cursor
        if (!isDim && !isSelected && !isCursor) return card
        return { ...card, data: { ...card.data, isDim, isSelected, isCursor } }
      }),
    [plain, selected, lit, cursor],
  )
  const nodes = useMemo(
    () => [
      ...plain.frames,
      ...(moving === null
        ? cards
        : cards.map((card) => (card.id === moving.id ? { ...card, position: moving.position } : card))),
    ],
    [plain, cards, moving],
  )
  const edges = useMemo(
    () =>
      lines.map((line) => {
        const members = line.data?.drawn.edges ?? []
        const isPicked = line.id === selected || members.some((edge) => edge.id === selected)
        const isLit = lit.size > 0 && members.some((edge) => lit.has(edge.id))
        const isDim = lit.size > 0 && !isLit && !isPicked
        if (line.data === undefined || (!isPicked && !isLit && !isDim)) return line
        return { ...line, zIndex: isPicked ? 1 : 0, data: { ...line.data, isPicked, isLit, isDim } }
      }),
    [lines, selected, lit],
  )
  return { nodes, edges }
}

export function Canvas(props: CanvasProps) {
  const { drawing, selected, onSelect, onMove, onReset } = props
  const t = useTexts(topologyTexts)
  const flow = useReactFlow()
  const detail = useStore((state) => detailAt(state.transform[2]))
  const [keyCursor, setCursor] = useState<string | null>(null)
  const [moving, setMoving] = useState<Moving>(null)
  const cursor = drawing.nodes.some((node) => node.id === keyCursor) ? keyCursor : null
  const { nodes, edges } = useElements(props, cursor, moving)
  const centre = useCentre(drawing)

  const changed = (changes: NodeChange[]) => {
    for (const change of changes) {
      if (change.type === 'position' && change.dragging === true && change.position !== undefined)
        setMoving({ id: change.id, position: change.position })
    }
  }
  const fit = useCallback(() => void flow.fitView({ padding: 0.06, duration: slow() }), [flow])

  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key.startsWith('Arrow')) {
      const next = nextNode(drawing.nodes, cursor ?? selected, event.key)
      if (next !== undefined) {
        setCursor(next.id)
        centre(next.id)
      }
    } else if (event.key === 'Enter' && cursor !== null) onSelect(cursor)
    else if (event.key === 'Escape') {
      setCursor(null)
      onSelect(null)
    } else if (event.key === '+' || event.key === '=') void flow.zoomIn()
    else if (event.key === '-') void flow.zoomOut()
    else if (event.key === '0') fit()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <DetailContext value={detail}>
      <ReactFlow
        className={classes(styles.flow, styles[detail])}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={changed}
        onNodeClick={(_, node) => node.type === 'card' && onSelect(node.id)}
        onEdgeClick={(_, edge) => onSelect(edge.id)}
        onPaneClick={() => onSelect(null)}
        onNodeDragStop={(_, node) => {
          setMoving(null)
          const at = drawing.nodes.find((one) => one.id === node.id)?.box
          if (at !== undefined && (at.x !== node.position.x || at.y !== node.position.y))
            onMove(node.id, node.position)
        }}
        onlyRenderVisibleElements={drawing.nodes.length > drawnWhole}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        nodeDragThreshold={3}
        zoomOnDoubleClick={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode={null}
        minZoom={0.03}
        maxZoom={3}
        onInit={(instance) => {
          void instance.fitView({ padding: 0.06 })
          if (selected !== null && drawing.nodes.length > readable) centre(selected)
        }}
        tabIndex={0}
        aria-label={t.canvas}
        aria-activedescendant={cursor === null ? undefined : cardId(cursor)}
        onKeyDown={press}
      >
        <Background gap={24} size={1} color="var(--line)" />
        {drawing.nodes.length >= withMap && (
          <MiniMap
            pannable
            zoomable
            className={room.map}
            ariaLabel={t.map}
            nodeColor={(node) => {
              const drawn = (node as CardNode).data.drawn
              if (node.type !== 'card') return 'transparent'
              return drawn.color === null
                ? tileColor(drawn.kind, drawn.node?.data.vendor)
                : paletteColor(drawn.color)
            }}
          />
        )}
      </ReactFlow>
      <div className={room.corner}>
        <IconButton label={t.zoomIn} icon={<Plus size={15} />} onClick={() => void flow.zoomIn()} />
        <IconButton label={t.zoomOut} icon={<Minus size={15} />} onClick={() => void flow.zoomOut()} />
        <IconButton label={t.fit} icon={<Maximize size={15} />} onClick={fit} />
        {onReset !== null && <IconButton label={t.reset} icon={<RotateCcw size={15} />} onClick={onReset} />}
      </div>
    </DetailContext>
  )
}

/** Shows all again when what is drawn has become something else. */
export function useFitOn(key: string): void {
  const flow = useReactFlow()
  const last = useRef(key)
  useEffect(() => {
    if (last.current === key) return
    last.current = key
    const frame = requestAnimationFrame(() => void flow.fitView({ padding: 0.06, duration: slow() }))
    return () => cancelAnimationFrame(frame)
  }, [key, flow])
}
