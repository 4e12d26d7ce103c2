// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react'
import { useTheme, type Theme } from '@/app/theme'
import { keysAreOn, openHelp, switchKeys } from '@/features/search/keys'
import { languages, useLanguage, useTexts, type Language } from '@/i18n'
import { Button, Field, Panel, Select } from '@/ui'
import styles from './account.module.css'
import { accountTexts } from './texts'

export function Appearance() {
  const t = useTexts(accountTexts)
  const [theme, setTheme] = useTheme()
  const { language, choose } = useLanguage()
  const [keys, setKeys] = useState(keysAreOn)
  return (
    <Panel title={t.appearance}>
      <div className={styles.form}>
        <Field label={t.theme}>
          <Select value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
            <option value="system">{t.asSystem}</option>
            <option value="light">{t.light}</option>
            <option value="dark">{t.dark}</option>
          </Select>
        </Field>
        <Field label={t.language} hint={t.languageHint}>
          <Select value={language} onChange={(event) => choose(event.target.value as Language)}>
            {Object.entries(languages).map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={keys}
            onChange={(event) => {
              switchKeys(event.target.checked)
              setKeys(event.target.checked)
            }}
          />
          <span>{t.singleKeys}</span>
        </label>
        <div>
          <Button onClick={openHelp}>{t.showKeys}</Button>
        </div>
        <p className="muted">{t.keptHere}</p>
      </div>
    </Panel>
  )
}
