// SPDX-License-Identifier: Apache-2.0
/* One topology: its drawing, and what is selected in it. */
import { GitCompareArrows, History, RefreshCw } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, Button, ErrorView, Page, Time, useToast } from '@/ui'
import { Bar } from './Bar'
import { Canvas, useCentre, useFitOn } from './Canvas'
import { compareModels } from './difference'
import { ExportMenu } from './ExportMenu'
import { GenerateDialog } from './Generate'
import type { Model, Summary } from './graph'
import { layerOf } from './layers'
import { usePins } from './pins'
import { outdatedBy, useDevices, useDocuments, useModel } from './queries'
import { selectionOf } from './selection'
import { draw } from './shape'
import { SidePanel } from './SidePanel'
import { useShown } from './state'
import { topologyTexts } from './texts'
import styles from './Topology.module.css'
import { carriersOf } from './vlans'
import { VersionsDialog } from './Versions'

function useOutdated(model: Model, documents: ReturnType<typeof useDocuments>): string | null {
  const t = useTexts(topologyTexts)
  const format = useFormat()
  if (!documents.loaded) return null
  const by = outdatedBy(model.snapshot, documents.all)
  const parts = [
    by.analysed > 0 && t.analysedSince(by.analysed, format.number(by.analysed)),
    by.deleted > 0 && t.deletedSince(by.deleted, format.number(by.deleted)),
    by.added > 0 && t.newSince(by.added, format.number(by.added)),
  ].filter((part) => part !== false)
  return parts.length === 0 ? null : parts.join('; ')
}

export function Room({ model, list }: { model: Model; list: Summary[] }) {
  const t = useTexts(topologyTexts)
  const format = useFormat()
  const toast = useToast()
  const [shown, change] = useShown()
  const [dialog, setDialog] = useState<'versions' | 'generate' | null>(null)
  const documents = useDocuments(model)
  const base = useModel(shown.compare)
  const { pins, pin, replace } = usePins(model.snapshot.id)
  const vlans = useDevices(model, documents, null, shown.view === 'vlan')
  const outdated = useOutdated(model, documents)

  const difference = useMemo(
    () => (base.data === undefined || shown.compare === null ? null : compareModels(base.data, model)),
    [base.data, model, shown.compare],
  )
  const devices = vlans.data?.devices
  const carriers = useMemo(
    () => (devices === undefined || shown.vlan === null ? null : carriersOf(model, devices, shown.vlan)),
    [devices, model, shown.vlan],
  )
  const layer = useMemo(() => layerOf(shown.view, model, carriers), [shown.view, model, carriers])
  const { hide, fold, focus, hops, selected } = shown
  const drawing = useMemo(
    () => draw(model, layer, { hide, fold, focus, hops }, pins, difference),
    [model, layer, hide, fold, focus, hops, pins, difference],
  )
  const selection = useMemo(
    () => selectionOf(model, drawing, difference, selected, shown.finding),
    [model, drawing, difference, selected, shown.finding],
  )
  const centre = useCentre(drawing)
  useFitOn(`${focus ?? ''} ${focus === null ? '' : hops} ${shown.compare ?? ''}`)

  const select = (id: string | null) =>
    change({ selected: id, finding: null, ...(id === null || shown.tab === null ? {} : { tab: null }) })
  const selectAndCentre = (id: string) => {
    select(id)
    centre(id)
  }
  const { metadata, title, created_at } = model.snapshot

  return (
    <Page
      full
      title={title === '' ? t.title : title}
      subtitle={
        <span className={styles.legend}>
          <Time at={created_at} relative />
          <span>{t.devices(format.number(metadata.total_devices))}</span>
          <span>{t.links(format.number(metadata.total_links))}</span>
          <span>{t.sessions(format.number(metadata.total_bgp_sessions))}</span>
          <span>{t.adjacencies(format.number(metadata.total_ospf_adjacencies))}</span>
          {outdated !== null && (
            <span>
              <Badge tone="warning">{t.outdated}</Badge>
              {outdated}
            </span>
          )}
        </span>
      }
      actions={
        <>
          <Button icon={<History size={15} />} onClick={() => setDialog('versions')}>
            {t.versions}
          </Button>
          <ExportMenu model={model} />
          <Button
            kind={outdated === null ? 'plain' : 'primary'}
            icon={<RefreshCw size={15} />}
            onClick={() => setDialog('generate')}
          >
            {outdated === null ? t.generate : t.regenerate}
          </Button>
        </>
      }
    >
      {base.error !== null && <ErrorView error={base.error} retry={() => void base.refetch()} />}
      {difference !== null && (
        <div className={styles.compare}>
          <GitCompareArrows size={16} aria-hidden />
          <span>{t.comparing(base.data?.snapshot.title ?? '')}</span>
          <Time at={base.data?.snapshot.created_at} />
          <Button className={styles.small} onClick={() => change({ compare: null, tab: null })}>
            {t.endCompare}
          </Button>
        </div>
      )}
      <div className={styles.room}>
        <Bar
          model={model}
          layer={layer}
          shown={shown}
          change={change}
          vlans={vlans}
          onFind={selectAndCentre}
        />
        <div className={styles.canvas}>
          <Canvas
            model={model}
            drawing={drawing}
            selected={selected}
            lit={selection.lit}
            onSelect={select}
            onMove={pin}
            onReset={
              pins.size === 0
                ? null
                : () => {
                    replace(new Map())
                    toast(t.resetDone, () => replace(pins))
                  }
            }
          />
          {drawing.nodes.length === 0 && <p className={styles.note}>{t.nothingShown}</p>}
          {layer.omitted > 0 && drawing.nodes.length > 0 && (
            <p className={styles.note}>{t.omitted(format.number(layer.omitted))}</p>
          )}
        </div>
        <SidePanel
          model={model}
          drawing={drawing}
          difference={difference}
          selection={selection}
          documents={documents}
          shown={shown}
          change={change}
          onSelect={selectAndCentre}
          onCentre={centre}
        />
      </div>
      {dialog === 'versions' && (
        <VersionsDialog
          list={list}
          current={model.snapshot.id}
          onCompare={(compare) => {
            change({ compare, tab: 'changes' })
            setDialog(null)
          }}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === 'generate' && <GenerateDialog files={documents.all} onClose={() => setDialog(null)} />}
    </Page>
  )
}
