// SPDX-License-Identifier: Apache-2.0
/* Beside the drawing: what is selected, all findings, all devices, and the changes. */
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, Tabs } from '@/ui'
import { ChangeList } from './ChangeList'
import { DeviceList } from './DeviceList'
import type { Difference } from './difference'
import { EdgePanel } from './EdgePanel'
import { FindingList } from './FindingList'
import type { Model } from './graph'
import { NodePanel } from './NodePanel'
import { EdgeRows } from './parts'
import panel from './Panels.module.css'
import type { Documents } from './queries'
import type { Selection } from './selection'
import { foldId, type Drawing } from './shape'
import type { Shown, Tab } from './state'
import { topologyTexts } from './texts'
import styles from './Topology.module.css'

interface SidePanelProps {
  model: Model
  drawing: Drawing
  difference: Difference | null
  selection: Selection
  documents: Documents
  shown: Shown
  change: (part: Partial<Shown>) => void
  /** Selects, and moves the drawing there. */
  onSelect: (id: string) => void
  onCentre: (id: string) => void
}

/** Without a choice, what is selected is shown, else what is wrong. */
function tabOf({ shown, difference }: SidePanelProps): Tab {
  if (shown.tab === 'changes' && difference === null) return 'findings'
  if (shown.tab !== null) return shown.tab
  return shown.selected !== null || shown.finding !== null ? 'selection' : 'findings'
}

const withoutFold = (rules: string[], fold: string) => rules.filter((rule) => foldId(rule) !== fold)

function Selected({ model, selection, documents, shown, onSelect, change }: SidePanelProps) {
  const t = useTexts(topologyTexts)
  const { node, edge, fold, bundle, finding } = selection
  if (edge !== null)
    return <EdgePanel key={edge.id} model={model} edge={edge} documents={documents} onSelect={onSelect} />
  if (node !== null)
    return <NodePanel key={node.id} model={model} node={node} documents={documents} onSelect={onSelect} />
  const members = bundle?.edges ?? []
  if (bundle !== null || fold !== null)
    return (
      <div className={panel.panel}>
        <h2>{fold?.label ?? `${members.length} ${t.linksOf}`}</h2>
        {fold !== null && (
          <Button onClick={() => change({ selected: null, fold: withoutFold(shown.fold, fold.id) })}>
            {t.unfold}
          </Button>
        )}
        {fold?.members.map((id) => (
          <button
            key={id}
            type="button"
            className={panel.row}
            onClick={() => change({ selected: id, fold: withoutFold(shown.fold, fold.id) })}
          >
            {model.nodes.get(id)?.data.label ?? id}
          </button>
        ))}
        <EdgeRows model={model} edges={members} from={null} onSelect={onSelect} />
      </div>
    )
  if (finding !== null)
    return (
      <div className={panel.panel}>
        <FindingList model={model} findings={[finding]} documents={documents} onSelect={() => {}} />
      </div>
    )
  return <p className={panel.empty}>{selection.isUnknown ? t.gone : t.nothingSelected}</p>
}

export function SidePanel(props: SidePanelProps) {
  const { model, difference, documents, shown, change, onSelect } = props
  const t = useTexts(topologyTexts)
  const format = useFormat()
  const tab = tabOf(props)
  const devices = model.snapshot.metadata.total_devices
  const changes =
    difference === null
      ? 0
      : difference.nodeChanges.size + difference.edgeChanges.size + difference.findings.length
  return (
    <aside className={styles.side} aria-label={t.selection}>
      <Tabs
        label={t.selection}
        selected={tab}
        onSelect={(chosen) => change({ tab: chosen })}
        tabs={[
          { key: 'selection', label: t.selection },
          { key: 'findings', label: `${t.findings} ${format.number(model.findings.length)}` },
          { key: 'devices', label: `${t.devicesTab} ${format.number(devices)}` },
          ...(difference === null
            ? []
            : [{ key: 'changes' as const, label: `${t.changes} ${format.number(changes)}` }]),
        ]}
      />
      <div
        className={styles.sideBody}
        role="tabpanel"
        aria-label={t[tab === 'devices' ? 'devicesTab' : tab]}
        tabIndex={0}
      >
        {tab === 'selection' && <Selected {...props} />}
        {tab === 'findings' && (
          <FindingList
            filter
            model={model}
            findings={model.findings}
            documents={documents}
            selected={shown.finding}
            onSelect={(finding, at) => {
              change({ selected: finding.edge ?? null, finding: at, tab: 'findings' })
              const place = finding.edge ?? model.nodesOfFile.get(finding.at[0]?.file ?? '')?.[0]?.id
              if (place !== undefined) props.onCentre(place)
            }}
          />
        )}
        {tab === 'devices' && <DeviceList model={model} selected={shown.selected} onSelect={onSelect} />}
        {tab === 'changes' && difference !== null && (
          <ChangeList difference={difference} onSelect={onSelect} />
        )}
      </div>
    </aside>
  )
}
