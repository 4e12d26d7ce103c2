// SPDX-License-Identifier: Apache-2.0
/* What is known of a link or a session, and by which lines. */
import { MessagesSquare } from 'lucide-react'
import { useMemo, type ReactNode } from 'react'
import { chatPath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, Facts, LinkButton } from '@/ui'
import { FindingItem } from './FindingList'
import { areaName, type EdgeEnd, type GraphEdge, type Model } from './graph'
import styles from './Panels.module.css'
import { Places, stateTone } from './parts'
import { useDevices, type Documents } from './queries'
import { topologyTexts } from './texts'
import { switchingOf, type DeviceVlans, type Switching } from './vlans'

interface EdgePanelProps {
  model: Model
  edge: GraphEdge
  documents: Documents
  onSelect: (id: string) => void
}

function vlanText(switching: Switching, t: (typeof topologyTexts)['en']): string {
  return [
    switching.allowed !== undefined &&
      `${t.allowed} ${switching.allowed === 'all' ? t.allVlans : switching.allowed}`,
    switching.native !== undefined && `${t.native} ${switching.native}`,
    switching.access !== undefined && `${t.access} ${switching.access}`,
    switching.voice !== undefined && `${t.voice} ${switching.voice}`,
    switching.tags.length > 0 && `${t.tag} ${switching.tags.join(', ')}`,
  ]
    .filter(Boolean)
    .join(' · ')
}

interface EndProps {
  model: Model
  node: string
  end: EdgeEnd
  device: DeviceVlans | null | undefined
  onSelect: (id: string) => void
}

function End({ model, node, end, device, onSelect }: EndProps) {
  const t = useTexts(topologyTexts)
  const switching = device == null ? null : switchingOf(end, device)
  const vlans = switching === null ? '' : vlanText(switching, t)
  return (
    <div className={styles.end}>
      <button type="button" className={styles.link} onClick={() => onSelect(node)}>
        {model.nodes.get(node)?.data.label ?? node}
      </button>
      {end.interface !== undefined && <span>{end.interface}</span>}
      {end.address !== undefined && <span className="mono">{end.address}</span>}
      {vlans !== '' && (
        <span className="muted">
          {switching?.lag === undefined ? '' : `${switching.lag}: `}
          {`${t.vlans} ${vlans}`}
        </span>
      )}
    </div>
  )
}

function Protocols({ model, edge, documents }: Omit<EdgePanelProps, 'onSelect'>) {
  const t = useTexts(topologyTexts)
  const sessions = model.sessionsOfEdge.get(edge.id) ?? []
  const adjacencies = model.adjacenciesOfEdge.get(edge.id) ?? []
  const name = (node: string | undefined) => model.nodes.get(node ?? '')?.data.label ?? node
  return (
    <>
      {sessions.length > 0 && (
        <section>
          <h3>{t.bgpSessions}</h3>
          {sessions.map((session, at) => (
            <div key={at} className={styles.protocol}>
              <div>
                <Badge tone={stateTone(session.state)}>{session.state}</Badge>
                <span>{session.type === 'external' ? 'eBGP' : 'iBGP'}</span>
                {session.vrf !== undefined && <span className="muted">{`VRF ${session.vrf}`}</span>}
              </div>
              {session.ends.map((end, index) => (
                <div key={index} className="mono">{`${end.address ?? '?'} · AS ${end.asn}`}</div>
              ))}
              <Places at={session.at} documents={documents} />
            </div>
          ))}
        </section>
      )}
      {adjacencies.length > 0 && (
        <section>
          <h3>{t.ospfAdjacencies}</h3>
          {adjacencies.map((adjacency, at) => (
            <div key={at} className={styles.protocol}>
              <div>
                <Badge tone={stateTone(adjacency.state)}>{t[adjacency.state]}</Badge>
                <span>{adjacency.version === 3 ? 'OSPFv3' : 'OSPF'}</span>
              </div>
              {adjacency.ends.map((end, index) => (
                <div key={index}>
                  {`${name(end.node)} ${end.interface} · ${t.area} ${areaName(end.area)}`}
                </div>
              ))}
              <Places at={adjacency.at} documents={documents} />
            </div>
          ))}
        </section>
      )}
    </>
  )
}

export function EdgePanel({ model, edge, documents, onSelect }: EdgePanelProps) {
  const t = useTexts(topologyTexts)
  const format = useFormat()
  const { data, source, target } = edge
  const ends = useMemo(() => [source, target].sort(), [source, target])
  const switched = data.kind !== 'bgp'
  const devices = useDevices(model, documents, ends, switched).data?.devices
  const findings = model.findingsOfEdge.get(edge.id) ?? []
  const [a, b] = [source, target].map((id) => model.nodes.get(id)?.data.label ?? id)
  const kind = { link: t.link, lan: t.lan, bgp: t.session }[data.kind]
  const sourceName: Record<string, string> = { description: t.sourceDescription, ospf: 'OSPF', bgp: 'BGP' }
  const facts: [string, ReactNode][] = [
    [t.kind, kind],
    [
      t.confidence,
      <span key="c" title={t.confidenceHint}>
        {format.percent(data.confidence)}
      </span>,
    ],
    [t.lag, data.lag],
    ['BGP', data.bgp],
    ['OSPF', data.ospf],
  ]
  return (
    <div className={styles.panel}>
      <div className={styles.head}>
        <h2>{`${a} – ${b}`}</h2>
        <LinkButton
          to={`${chatPath()}?q=${encodeURIComponent(t.askEdge(a ?? '', b ?? ''))}`}
          icon={<MessagesSquare size={14} />}
        >
          {t.ask}
        </LinkButton>
      </div>
      <div className={styles.ends}>
        <End
          model={model}
          node={source}
          end={data.source}
          device={devices?.get(source)}
          onSelect={onSelect}
        />
        <End
          model={model}
          node={target}
          end={data.target}
          device={devices?.get(target)}
          onSelect={onSelect}
        />
      </div>
      <Facts facts={facts.filter(([, value]) => value !== undefined)} />
      {findings.length > 0 && (
        <section>
          <h3>{`${t.findingsHere} ${format.number(findings.length)}`}</h3>
          {findings.map((finding, at) => (
            <FindingItem
              key={at}
              finding={finding}
              documents={documents}
              onSelect={() => onSelect(edge.id)}
            />
          ))}
        </section>
      )}
      <Protocols model={model} edge={edge} documents={documents} />
      <section>
        <h3>{t.evidence}</h3>
        {data.evidence.map((reason, at) => (
          <div key={at} className={styles.reason}>
            <Badge>
              {reason.source.startsWith('subnet')
                ? t.sourceSubnet
                : (sourceName[reason.source] ?? reason.source)}
            </Badge>
            <span>{reason.text}</span>
            <Places at={reason.at} documents={documents} />
          </div>
        ))}
      </section>
    </div>
  )
}
