// SPDX-License-Identifier: Apache-2.0
/*
 * Texts in two languages. A folder declares its texts once, English and Portuguese side by side:
 *
 *     const texts = messages(
 *       { title: 'Files', count: (n: number) => `${n} ${n === 1 ? 'file' : 'files'}` },
 *       { title: 'Arquivos', count: (n) => `${n} ${n === 1 ? 'arquivo' : 'arquivos'}` },
 *     )
 *     const t = useTexts(texts)
 *     <h1>{t.title}</h1>
 *
 * The second must have every text of the first, with the same parameters: the compiler checks it.
 * Texts are loaded with the route that shows them.
 */
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'

export type Language = 'en' | 'pt-BR'
export const languages: Record<Language, string> = { en: 'English', 'pt-BR': 'Português (Brasil)' }

type Text = string | ((...values: never[]) => string)
type Texts = Record<string, Text>
type SameTexts<T extends Texts> = { [K in keyof T]: T[K] extends string ? string : T[K] }
export type Translated<T extends Texts> = Record<Language, SameTexts<T>>

export function messages<T extends Texts>(en: T, pt: SameTexts<T>): Translated<T> {
  return { en: en as SameTexts<T>, 'pt-BR': pt }
}

const key = 'netguru.language'

function preferred(): Language {
  const kept = localStorage.getItem(key)
  if (kept === 'en' || kept === 'pt-BR') return kept
  return navigator.language.toLowerCase().startsWith('pt') ? 'pt-BR' : 'en'
}

interface LanguageState {
  language: Language
  choose: (language: Language) => void
}

const LanguageContext = createContext<LanguageState>({ language: 'en', choose: () => {} })

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(preferred)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const state = useMemo(
    () => ({
      language,
      choose(chosen: Language) {
        localStorage.setItem(key, chosen)
        setLanguage(chosen)
      },
    }),
    [language],
  )
  return <LanguageContext value={state}>{children}</LanguageContext>
}

export function useLanguage(): LanguageState {
  return useContext(LanguageContext)
}

export function useTexts<T extends Texts>(texts: Translated<T>): SameTexts<T> {
  return texts[useLanguage().language]
}
