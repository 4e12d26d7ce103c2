// SPDX-License-Identifier: Apache-2.0
/* The palette: every room, file, device and command by a few letters. A combobox after the ARIA pattern:
 * the focus stays in the field, and the list tells which option is active. */
import { CornerDownLeft, Search } from 'lucide-react'
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'
import { useTexts } from '@/i18n'
import { useEntries, type Offered } from './entries'
import styles from './Palette.module.css'
import { paletteTexts } from './paletteTexts'

function Marked({ offered: { entry, match } }: { offered: Offered }) {
  const found = new Set(match.at)
  const pieces: { text: string; marked: boolean }[] = []
  for (let at = 0; at < entry.text.length; at++) {
    const marked = found.has(at)
    const last = pieces.at(-1)
    if (last?.marked === marked) last.text += entry.text[at]
    else pieces.push({ text: entry.text[at] ?? '', marked })
  }
  return <>{pieces.map((piece, at) => (piece.marked ? <b key={at}>{piece.text}</b> : piece.text))}</>
}

export default function Palette({ onClose }: { onClose: () => void }) {
  const t = useTexts(paletteTexts)
  const [typed, setTyped] = useState('')
  const [active, setActive] = useState(0)
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  const groups = useEntries(typed)
  const all = groups.flatMap(([, offered]) => offered)
  const current = Math.min(active, all.length - 1)
  const optionId = (entry: string) => `${id}-${entry}`

  useEffect(() => {
    const shown = dialog.current
    shown?.showModal()
    return () => shown?.close()
  }, [])

  const run = (offered: Offered | undefined) => {
    if (offered === undefined) return
    onClose()
    offered.entry.run()
  }
  const activate = (at: number) => {
    setActive(at)
    const entry = all[at]?.entry
    if (entry !== undefined) document.getElementById(optionId(entry.id))?.scrollIntoView({ block: 'nearest' })
  }
  const press = (event: KeyboardEvent) => {
    const count = all.length
    const moves: Record<string, number> = {
      ArrowDown: (current + 1) % count,
      ArrowUp: (current - 1 + count) % count,
      PageDown: Math.min(count - 1, current + 8),
      PageUp: Math.max(0, current - 8),
    }
    const target = moves[event.key]
    if (target !== undefined && count > 0) {
      event.preventDefault()
      activate(target)
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault()
      run(all[current])
    }
  }
  const places = new Map(all.map(({ entry }, at) => [entry.id, at]))
  return (
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- a press beside the box; Escape does the same
    <dialog
      ref={dialog}
      className={styles.palette}
      aria-label={t.palette}
      onCancel={onClose}
      onClose={(event) => {
        if (!event.currentTarget.open) onClose()
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose()
      }}
    >
      <div className={styles.box}>
        <div className={styles.field}>
          <Search size={16} aria-hidden />
          <input
            role="combobox"
            aria-label={t.palette}
            aria-expanded="true"
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={all[current] === undefined ? undefined : optionId(all[current].entry.id)}
            placeholder={t.hint}
            value={typed}
            autoFocus
            autoComplete="off"
            spellCheck={false}
            maxLength={500}
            onChange={(event) => {
              setTyped(event.target.value)
              setActive(0)
            }}
            onKeyDown={press}
          />
        </div>
        <div id={`${id}-list`} role="listbox" aria-label={t.results} className={styles.list}>
          {groups.map(([group, offered]) => (
            <div key={group} role="group" aria-labelledby={`${id}-${group}`}>
              <div id={`${id}-${group}`} className={styles.group} role="presentation">
                {t[group]}
              </div>
              {offered.map((one) => {
                const mine = places.get(one.entry.id) ?? 0
                return (
                  // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the field has the focus and the keys
                  <div
                    key={one.entry.id}
                    id={optionId(one.entry.id)}
                    role="option"
                    aria-selected={mine === current}
                    tabIndex={-1}
                    className={styles.option}
                    onMouseMove={() => setActive(mine)}
                    onClick={() => run(one)}
                  >
                    <span className={styles.text}>
                      <Marked offered={one} />
                    </span>
                    {one.entry.note !== undefined && <small>{one.entry.note}</small>}
                    {mine === current && <CornerDownLeft size={13} aria-hidden />}
                  </div>
                )
              })}
            </div>
          ))}
        </div>
        <div className={styles.foot} aria-hidden>
          <span>
            <kbd>{'↑'}</kbd> <kbd>{'↓'}</kbd> {t.footMove}
          </span>
          <span>
            <kbd>{'↵'}</kbd> {t.footOpen}
          </span>
          <span>
            <kbd>{'Esc'}</kbd> {t.footClose}
          </span>
        </div>
      </div>
    </dialog>
  )
}
