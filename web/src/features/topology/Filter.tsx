// SPDX-License-Identifier: Apache-2.0
/* Hides or folds groups of the server, and nodes by a pattern of their names. */
import { EyeOff, X } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, Button, IconButton, Input, Select } from '@/ui'
import type { Model } from './graph'
import { Popover } from './Popover'
import type { Shown } from './state'
import { topologyTexts } from './texts'
import styles from './Topology.module.css'

interface FilterProps {
  model: Model
  shown: Shown
  change: (part: Partial<Shown>) => void
}

type Action = 'show' | 'hide' | 'fold'

function setRule(shown: Shown, rule: string, action: Action): Partial<Shown> {
  const others = (rules: string[]) => rules.filter((one) => one !== rule)
  return {
    hide: [...others(shown.hide), ...(action === 'hide' ? [rule] : [])],
    fold: [...others(shown.fold), ...(action === 'fold' ? [rule] : [])],
  }
}

function Groups({ model, shown, change }: FilterProps) {
  const t = useTexts(topologyTexts)
  const format = useFormat()
  return (
    <div>
      <h2>{t.sites}</h2>
      {model.groups.map(({ name, count }) => {
        const rule = `group:${name}`
        const action = shown.hide.includes(rule) ? 'hide' : shown.fold.includes(rule) ? 'fold' : 'show'
        return (
          <div key={name} className={styles.rule}>
            <span>
              {`${name} `}
              <span className="muted">{format.number(count)}</span>
            </span>
            <Select
              className={styles.small}
              aria-label={name}
              value={action}
              onChange={(event) => change(setRule(shown, rule, event.target.value as Action))}
            >
              <option value="show">{t.show}</option>
              <option value="fold">{t.foldAction}</option>
              <option value="hide">{t.hideAction}</option>
            </Select>
          </div>
        )
      })}
    </div>
  )
}

function Patterns({ shown, change }: Omit<FilterProps, 'model'>) {
  const t = useTexts(topologyTexts)
  const [pattern, setPattern] = useState('')
  const [action, setAction] = useState<Action>('hide')
  const rules: [string, Action][] = [
    ...shown.hide.map((rule): [string, Action] => [rule, 'hide']),
    ...shown.fold.map((rule): [string, Action] => [rule, 'fold']),
  ]
  const add = (event: FormEvent) => {
    event.preventDefault()
    if (pattern.trim() === '') return
    change(setRule(shown, pattern.trim(), action))
    setPattern('')
  }
  return (
    <div>
      <h2>{t.rules}</h2>
      {rules
        .filter(([rule]) => !rule.startsWith('group:'))
        .map(([rule, does]) => (
          <div key={rule} className={styles.rule}>
            <code>{rule}</code>
            <Badge>{does === 'hide' ? t.hideAction : t.foldAction}</Badge>
            <IconButton
              label={t.remove(rule)}
              icon={<X size={14} />}
              onClick={() => change(setRule(shown, rule, 'show'))}
            />
          </div>
        ))}
      <form className={styles.rule} onSubmit={add}>
        <Input
          aria-label={t.rulePattern}
          placeholder={t.rulePattern}
          value={pattern}
          onChange={(event) => setPattern(event.target.value)}
        />
        <Select
          className={styles.small}
          aria-label={t.filter}
          value={action}
          onChange={(event) => setAction(event.target.value as Action)}
        >
          <option value="hide">{t.hideAction}</option>
          <option value="fold">{t.foldAction}</option>
        </Select>
        <Button type="submit" className={styles.small}>
          {'+'}
        </Button>
      </form>
    </div>
  )
}

export function Filter(props: FilterProps) {
  const t = useTexts(topologyTexts)
  const { shown, change, model } = props
  const count = shown.hide.length + shown.fold.length
  return (
    <Popover
      small
      name={t.filter}
      icon={<EyeOff size={14} />}
      label={
        <>
          {t.filter}
          {count > 0 && <Badge tone="note">{count}</Badge>}
        </>
      }
    >
      {() => (
        <>
          {model.groups.length > 0 && <Groups {...props} />}
          <Patterns {...props} />
          {count > 0 && <Button onClick={() => change({ hide: [], fold: [] })}>{t.removeAll}</Button>}
        </>
      )}
    </Popover>
  )
}
