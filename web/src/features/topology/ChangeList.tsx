// SPDX-License-Identifier: Apache-2.0
/* What differs between two topologies. */
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, classes } from '@/ui'
import type { Change, Difference } from './difference'
import styles from './Panels.module.css'
import { topologyTexts } from './texts'

interface ChangeListProps {
  difference: Difference
  onSelect: (id: string) => void
}

type Texts = (typeof topologyTexts)['en']

/** The name of a field; of an end, with the device. */
function fieldName(field: string, ends: [string, string], t: Texts): string {
  const [first, second] = field.split('.')
  if (second !== undefined)
    return `${ends[first === 'source' ? 0 : 1]} ${second === 'address' ? t.address : t.interface}`
  const names: Record<string, string> = {
    type: t.role,
    kind: t.kind,
    label: t.name,
    ip: t.address,
    asn: t.asn,
    vendor: t.vendor,
    system: t.system,
    version: t.version,
    model: t.model,
    interfaces: t.interfaces,
    lag: t.lag,
    bgp: 'BGP',
    ospf: 'OSPF',
  }
  return names[field] ?? field
}

const order: Change[] = ['added', 'removed', 'changed']

function Part({
  title,
  changes,
  label,
  ends,
  difference,
  onSelect,
}: ChangeListProps & {
  title: string
  changes: Map<string, Change>
  label: (id: string) => string
  ends: (id: string) => [string, string]
}) {
  const t = useTexts(topologyTexts)
  const format = useFormat()
  if (changes.size === 0) return null
  const sorted = [...changes].sort(([, x], [, y]) => order.indexOf(x) - order.indexOf(y))
  return (
    <section>
      <h2>{`${title} ${format.number(changes.size)}`}</h2>
      {sorted.map(([id, change]) => (
        <div key={id} className={styles.change}>
          <button type="button" className={styles.row} onClick={() => onSelect(id)}>
            <span className={classes(styles.mark, styles[change])}>{t[change]}</span>
            <span className={styles.far}>{label(id)}</span>
          </button>
          {difference.fields.get(id)?.map(({ field, before, after }) => (
            <div key={field} className={styles.field}>
              <span className="muted">{fieldName(field, ends(id), t)}</span>
              <span>
                <del>{before}</del> <ins>{after}</ins>
              </span>
            </div>
          ))}
        </div>
      ))}
    </section>
  )
}

export function ChangeList({ difference, onSelect }: ChangeListProps) {
  const t = useTexts(topologyTexts)
  const labels = new Map(difference.nodes.map((node) => [node.id, node.data.label]))
  const edges = new Map(difference.edges.map((edge) => [edge.id, edge]))
  const { nodeChanges, edgeChanges, findings } = difference
  if (nodeChanges.size === 0 && edgeChanges.size === 0 && findings.length === 0)
    return <p className={styles.empty}>{t.noChanges}</p>
  const edgeLabel = (id: string) => {
    const edge = edges.get(id)
    if (edge === undefined) return id
    const end = (node: string, port?: string) => [labels.get(node) ?? node, port].filter(Boolean).join(' ')
    return `${end(edge.source, edge.data.source.label)} – ${end(edge.target, edge.data.target.label)}`
  }
  const name = (node: string | undefined) => labels.get(node ?? '') ?? node ?? ''
  const common = {
    difference,
    onSelect,
    ends: (id: string): [string, string] => [name(edges.get(id)?.source), name(edges.get(id)?.target)],
  }
  return (
    <div className={styles.panel}>
      <Part {...common} title={t.nodesTitle} changes={nodeChanges} label={(id) => labels.get(id) ?? id} />
      <Part {...common} title={t.edgesTitle} changes={edgeChanges} label={edgeLabel} />
      {findings.length > 0 && (
        <section>
          <h2>{t.findings}</h2>
          {findings.map(({ finding, change }, at) => (
            <div key={at} className={styles.reason}>
              <Badge
                tone={change === 'removed' ? 'good' : finding.severity === 'info' ? 'note' : finding.severity}
              >
                {t[change]}
              </Badge>
              <span>{finding.message}</span>
            </div>
          ))}
        </section>
      )}
    </div>
  )
}
