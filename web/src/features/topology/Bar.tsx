// SPDX-License-Identifier: Apache-2.0
/* Above the drawing: which view, where to look, and what to leave out. */
import { Radar } from 'lucide-react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, ErrorView, Select } from '@/ui'
import { Filter } from './Filter'
import { Finder } from './Finder'
import type { Model } from './graph'
import type { Layer } from './layers'
import { paletteColor } from './look'
import type { useDevices } from './queries'
import { views, type Shown } from './state'
import { topologyTexts } from './texts'
import styles from './Topology.module.css'
import { vlansOf } from './vlans'

interface BarProps {
  model: Model
  layer: Layer
  shown: Shown
  change: (part: Partial<Shown>) => void
  vlans: ReturnType<typeof useDevices>
  onFind: (id: string) => void
}

function VlanChoice({ shown, change, vlans }: Pick<BarProps, 'shown' | 'change' | 'vlans'>) {
  const t = useTexts(topologyTexts)
  const format = useFormat()
  if (vlans.error !== null) return <ErrorView error={vlans.error} retry={() => void vlans.refetch()} />
  if (vlans.data === undefined)
    return (
      <span className="muted" role="status">
        {t.vlanLoading(format.number(vlans.done), format.number(vlans.total))}
      </span>
    )
  const known = vlansOf(vlans.data.devices)
  if (known.length === 0) return <span className="muted">{t.vlanNone}</span>
  return (
    <>
      <Select
        className={styles.small}
        aria-label={t.chooseVlan}
        value={shown.vlan ?? ''}
        onChange={(event) => change({ vlan: event.target.value === '' ? null : Number(event.target.value) })}
      >
        <option value="">{t.chooseVlan}</option>
        {known.map(({ id, name }) => (
          <option key={id} value={id}>
            {name === '' ? id : `${id} ${name}`}
          </option>
        ))}
      </Select>
      {vlans.data.failed > 0 && (
        <span className="muted">{t.vlanFailed(format.number(vlans.data.failed))}</span>
      )}
    </>
  )
}

function VlanLegend() {
  const t = useTexts(topologyTexts)
  return (
    <div className={styles.legend}>
      <span>
        <i className={styles.swatch} style={{ background: paletteColor(0) }} />
        {t.vlanBoth}
      </span>
      <span>
        <i className={styles.swatch} style={{ background: 'var(--warning)' }} />
        {t.vlanOne}
      </span>
      <span>
        <i className={styles.swatch} style={{ borderTop: `2px dashed ${paletteColor(0)}` }} />
        {t.vlanUnknown}
      </span>
    </div>
  )
}

function Legend({ layer, shown }: Pick<BarProps, 'layer' | 'shown'>) {
  const t = useTexts(topologyTexts)
  const format = useFormat()
  if (shown.view === 'vlan') return shown.vlan === null ? null : <VlanLegend />
  if (layer.legend.length === 0) return null
  return (
    <div className={styles.legend}>
      {layer.legend.slice(0, 12).map(({ label, color, count }) => (
        <span key={label}>
          <i className={styles.swatch} style={{ background: paletteColor(color) }} />
          {shown.view === 'ospf' ? `${t.area} ${label}` : label}
          <span className="muted">{format.number(count)}</span>
        </span>
      ))}
      {layer.legend.length > 12 && <span>{`+${format.number(layer.legend.length - 12)}`}</span>}
    </div>
  )
}

function Neighbourhood({ shown, change, model }: Pick<BarProps, 'shown' | 'change' | 'model'>) {
  const t = useTexts(topologyTexts)
  const start = shown.focus ?? (model.nodes.has(shown.selected ?? '') ? shown.selected : null)
  if (shown.focus === null)
    return (
      <Button
        className={styles.small}
        icon={<Radar size={14} />}
        title={t.focusHint}
        disabled={start === null}
        onClick={() => change({ focus: start })}
      >
        {t.focus}
      </Button>
    )
  return (
    <>
      <Select
        className={styles.small}
        aria-label={t.hops}
        value={shown.hops}
        onChange={(event) => change({ hops: Number(event.target.value), focus: shown.focus })}
      >
        {[1, 2, 3, 4, 5].map((hops) => (
          <option key={hops} value={hops}>
            {`${model.nodes.get(shown.focus ?? '')?.data.label ?? shown.focus} · ${hops}`}
          </option>
        ))}
      </Select>
      <Button className={styles.small} onClick={() => change({ focus: null })}>
        {t.unfocus}
      </Button>
    </>
  )
}

export function Bar({ model, layer, shown, change, vlans, onFind }: BarProps) {
  const t = useTexts(topologyTexts)
  return (
    <div className={styles.bar}>
      <div className={styles.views} role="group" aria-label={t.view}>
        {views.map((view) => (
          <button
            key={view}
            type="button"
            aria-pressed={view === shown.view}
            title={t[`${view}Hint`]}
            onClick={() => change({ view })}
          >
            {t[view]}
          </button>
        ))}
      </div>
      {shown.view === 'vlan' && <VlanChoice shown={shown} change={change} vlans={vlans} />}
      <Legend layer={layer} shown={shown} />
      <Finder model={model} onFind={onFind} />
      <Neighbourhood shown={shown} change={change} model={model} />
      <Filter model={model} shown={shown} change={change} />
    </div>
  )
}
