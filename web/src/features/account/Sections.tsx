// SPDX-License-Identifier: Apache-2.0
/* A room with sections: their list beside the one that is shown. */
import { useEffect, useRef, type ReactNode } from 'react'
import { NavLink, useLocation } from 'react-router'
import { Page } from '@/ui'
import styles from './account.module.css'

export function Sections({
  title,
  sections,
  children,
}: {
  title: string
  sections: { to: string; label: string; end?: boolean }[]
  children: ReactNode
}) {
  const list = useRef<HTMLElement>(null)
  const { pathname } = useLocation()
  // On a narrow screen the list is a row that is wider than the screen.
  useEffect(() => {
    const [row, shown] = [list.current, list.current?.querySelector<HTMLElement>('[aria-current]')]
    if (row != null && shown != null) row.scrollLeft = shown.offsetLeft - row.offsetLeft - 40
  }, [pathname])
  return (
    <Page title={title}>
      <div className={styles.sections}>
        <nav ref={list} aria-label={title} className={styles.sectionList}>
          {sections.map(({ to, label, end = false }) => (
            <NavLink key={to} to={to} end={end}>
              {label}
            </NavLink>
          ))}
        </nav>
        <div className={styles.section}>{children}</div>
      </div>
    </Page>
  )
}
