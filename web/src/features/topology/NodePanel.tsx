// SPDX-License-Identifier: Apache-2.0
/* What is known of a node. */
import { MessagesSquare } from 'lucide-react'
import type { ReactNode } from 'react'
import { chatPath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Facts, LinkButton } from '@/ui'
import { FindingItem } from './FindingList'
import type { GraphNode, Model } from './graph'
import { systemName } from './look'
import styles from './Panels.module.css'
import { EdgeRows, Place } from './parts'
import type { Documents } from './queries'
import { topologyTexts } from './texts'

interface NodePanelProps {
  model: Model
  node: GraphNode
  documents: Documents
  onSelect: (id: string) => void
}

export function NodePanel({ model, node, documents, onSelect }: NodePanelProps) {
  const t = useTexts(topologyTexts)
  const format = useFormat()
  const { data } = node
  const { file } = data
  const links = model.edgesOf.get(node.id) ?? []
  const findings = model.findingsOfNode.get(node.id) ?? []
  const shut = model.snapshot.metadata.shutdown_interfaces.filter((one) => one.node === node.id)
  const facts: [string, ReactNode][] = [
    [t.role, t[node.type]],
    [t.address, data.ip === undefined ? undefined : <span className="mono">{data.ip}</span>],
    [t.asn, data.asn],
    [t.system, systemName(data)],
    [t.version, data.version],
    [t.model, data.model],
    [t.group, data.group],
    [t.interfaces, data.interfaces === undefined ? undefined : format.number(data.interfaces)],
    [
      t.file,
      file === undefined ? undefined : (
        <Place at={{ file, line: 0 }} documents={documents} hostname={data.hostname} />
      ),
    ],
  ]
  return (
    <div className={styles.panel}>
      <div className={styles.head}>
        <h2>{data.label}</h2>
        <LinkButton
          to={`${chatPath()}?q=${encodeURIComponent(t.askNode(data.label))}`}
          icon={<MessagesSquare size={14} />}
        >
          {t.ask}
        </LinkButton>
      </div>
      <Facts facts={facts.filter(([, value]) => value !== undefined && value !== '')} />
      {data.parsed === false && <p className="muted">{t.notAnalysed}</p>}
      {findings.length > 0 && (
        <section>
          <h3>{`${t.findingsHere} ${format.number(findings.length)}`}</h3>
          {findings.map((finding, at) => (
            <FindingItem
              key={at}
              finding={finding}
              documents={documents}
              onSelect={() => finding.edge !== undefined && onSelect(finding.edge)}
            />
          ))}
        </section>
      )}
      {links.length > 0 && (
        <section>
          <h3>{`${t.linksOf} ${format.number(links.length)}`}</h3>
          <EdgeRows model={model} edges={links} from={node.id} onSelect={onSelect} />
        </section>
      )}
      {shut.length > 0 && (
        <section>
          <h3>{t.shutDown}</h3>
          {shut.map((one) => (
            <div key={`${one.interface} ${one.address}`} className={styles.line}>
              <span>{one.interface}</span>
              <span className="mono">{one.address}</span>
              {file !== undefined && (
                <Place at={{ file, line: one.line }} documents={documents} hostname={data.hostname} />
              )}
            </div>
          ))}
        </section>
      )}
    </div>
  )
}
