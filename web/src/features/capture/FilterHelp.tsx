// SPDX-License-Identifier: Apache-2.0
import { useTexts } from '@/i18n'
import { Dialog } from '@/ui'
import styles from './capture.module.css'
import { fieldTexts } from './fieldTexts'
import { closingFields, fields } from './filter/fields'
import { captureTexts } from './texts'

const operators = [
  '==  !=  >  <  >=  <=',
  'contains',
  'in {80, 443, 8000..8100}',
  '&&  ||  !  ( )',
  'and  or  not  eq  ne  gt  lt  ge  le',
]
const examples = [
  'ip == 10.0.0.0/8 && tcp.retransmission > 0 || port == 53',
  'host contains "10.1" && !(port in {22, 80, 443})',
  'tcp.rtt > 100ms || tcp.zero_window',
  'bytes > 1MB && duration < 10s',
  'tcp.stream in {0, 4}',
]

export function FilterHelp({ withClosing, onClose }: { withClosing: boolean; onClose: () => void }) {
  const t = useTexts(captureTexts)
  const about = useTexts(fieldTexts)
  return (
    <Dialog title={t.filterHelp} onClose={onClose}>
      <p>{t.helpIntro}</p>
      <h3>{t.helpExamples}</h3>
      <ul className={styles.helpList}>
        {examples.map((example) => (
          <li key={example}>
            <code>{example}</code>
          </li>
        ))}
      </ul>
      <h3>{t.helpOperators}</h3>
      <ul className={styles.helpList}>
        {operators.map((operator) => (
          <li key={operator}>
            <code>{operator}</code>
          </li>
        ))}
      </ul>
      <h3>{t.helpFields}</h3>
      <dl className={styles.helpFields}>
        {[...fields, ...(withClosing ? closingFields : [])].map((field) => [
          <dt key={`${field.name} name`}>
            <code>{field.name}</code>
          </dt>,
          <dd key={field.name}>
            {about[field.name as keyof typeof about]}
            {field.also.length > 0 && (
              <small className="muted">{` ${t.helpAlso(field.also.join(', '))}`}</small>
            )}
            {field.values !== undefined && <small className="muted">{` (${field.values.join(', ')})`}</small>}
          </dd>,
        ])}
      </dl>
    </Dialog>
  )
}
