// SPDX-License-Identifier: Apache-2.0
/* Finds a node by its name, address or AS: a combobox after the ARIA pattern. */
import { useId, useMemo, useState, type KeyboardEvent } from 'react'
import { useTexts } from '@/i18n'
import { Input } from '@/ui'
import type { Model } from './graph'
import { findNodes } from './find'
import { topologyTexts } from './texts'
import styles from './Topology.module.css'

export function Finder({ model, onFind }: { model: Model; onFind: (id: string) => void }) {
  const t = useTexts(topologyTexts)
  const id = useId()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const hits = useMemo(() => findNodes(model, text), [model, text])
  const isOpen = text.trim() !== ''

  const choose = (hit: string | undefined) => {
    if (hit === undefined) return
    setText('')
    setAt(0)
    onFind(hit)
  }
  const press = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt((now) => Math.min(hits.length - 1, now + 1))
    else if (event.key === 'ArrowUp') setAt((now) => Math.max(0, now - 1))
    else if (event.key === 'Enter') choose(hits[at]?.id)
    else if (event.key === 'Escape') setText('')
    else return
    event.preventDefault()
  }
  return (
    <div className={styles.finder}>
      <Input
        type="search"
        role="combobox"
        aria-label={t.search}
        placeholder={t.search}
        aria-expanded={isOpen}
        aria-controls={`${id}-hits`}
        aria-activedescendant={isOpen && hits[at] !== undefined ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
        }}
        onKeyDown={press}
        onBlur={() => setText('')}
      />
      {isOpen && (
        <div className={styles.hits} id={`${id}-hits`} role="listbox" aria-label={t.search}>
          {hits.map((node, index) => (
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the field has the keys
            <div
              key={node.id}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(node.id)}
            >
              <span>{node.data.label}</span>
              <span className="muted mono">{node.data.ip}</span>
            </div>
          ))}
          {hits.length === 0 && (
            <div className={styles.none} role="option" aria-selected={false} aria-disabled>
              {t.noHit}
            </div>
          )}
        </div>
      )}
    </div>
  )
}
