// SPDX-License-Identifier: Apache-2.0
/* The stored topologies: open one, compare with one, delete one. */
import { GitCompareArrows, Trash2 } from 'lucide-react'
import { Link, useNavigate } from 'react-router'
import { topologyPath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { classes, Dialog, IconButton, Time } from '@/ui'
import styles from './Dialogs.module.css'
import type { Summary } from './graph'
import { topologyTexts } from './texts'
import { useDelete, useDeleted } from './deletion'

interface VersionsProps {
  list: Summary[]
  current: string
  onCompare: (id: string) => void
  onClose: () => void
}

export function VersionsDialog({ list, current, onCompare, onClose }: VersionsProps) {
  const t = useTexts(topologyTexts)
  const format = useFormat()
  const deleted = useDeleted()
  const erase = useDelete()
  const navigate = useNavigate()
  const present = list.filter(({ id }) => !deleted.has(id))
  return (
    <Dialog title={t.versionList} onClose={onClose}>
      <ul className={styles.versions}>
        {present.map((one) => (
          <li key={one.id} className={classes(one.id === current && styles.current)}>
            <div className={styles.about}>
              <Link
                to={topologyPath(one.id)}
                aria-current={one.id === current ? 'page' : undefined}
                onClick={onClose}
              >
                {one.title}
              </Link>
              <span className="muted">
                <Time at={one.created_at} />
                {` · ${t.devices(format.number(one.metadata.total_devices))} · ${t.links(format.number(one.metadata.total_links))} · ${t.findings} ${format.number(one.metadata.findings.length)}`}
              </span>
            </div>
            {one.id !== current && (
              <IconButton
                label={t.compareWith(one.title)}
                icon={<GitCompareArrows size={15} />}
                onClick={() => onCompare(one.id)}
              />
            )}
            <IconButton
              label={t.deleteOne(one.title)}
              icon={<Trash2 size={15} />}
              onClick={() => {
                erase(one)
                if (one.id !== current) return
                onClose()
                void navigate(topologyPath())
              }}
            />
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
