// SPDX-License-Identifier: Apache-2.0
/* The frame around every room: navigation, the search palette, and the way out. */
import { onlineManager } from '@tanstack/react-query'
import {
  ChartNoAxesColumn,
  Files,
  Gauge,
  LogOut,
  Menu,
  MessagesSquare,
  Network,
  Search,
  ShieldCheck,
  TriangleAlert,
  UserRound,
} from 'lucide-react'
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react'
import { NavLink, Outlet, ScrollRestoration, useLocation } from 'react-router'
import { useAccount, useSession } from '@/api/session'
import { Keys } from '@/features/search/keys'
import { useTexts } from '@/i18n'
import { Boundary, IconButton, Loading, useToast } from '@/ui'
import styles from './Shell.module.css'
import { appTexts } from './texts'

const Palette = lazy(() => import('@/features/search/Palette'))

function useOnline(): boolean {
  const [online, setOnline] = useState(onlineManager.isOnline())
  useEffect(() => onlineManager.subscribe(setOnline), [])
  return online
}

/** Opens and closes the palette by Ctrl-K or Command-K from anywhere. */
function usePalette(): [boolean, (open: boolean) => void] {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        setOpen((now) => !now)
      }
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
  return [open, setOpen]
}

function Room({
  to,
  icon,
  children,
  end = false,
}: {
  to: string
  icon: ReactNode
  children: ReactNode
  end?: boolean
}) {
  return (
    <NavLink to={to} end={end} className={styles.room}>
      {icon}
      <span>{children}</span>
    </NavLink>
  )
}

export function Shell() {
  const t = useTexts(appTexts)
  const session = useSession()
  const account = useAccount()
  const online = useOnline()
  const toast = useToast()
  const [palette, setPalette] = usePalette()
  const { pathname } = useLocation()
  // The menu of a narrow screen belongs to the place where it was opened: going elsewhere closes it.
  const [menuAt, setMenuAt] = useState<string | null>(null)
  const menuOpen = menuAt === pathname
  const signOut = () => void session.signOut().catch(() => toast(t.signOutFailed))

  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {t.skip}
      </a>
      <header className={styles.bar}>
        <IconButton
          className={styles.menuButton}
          label={t.menu}
          icon={<Menu size={18} />}
          aria-expanded={menuOpen}
          onClick={() => setMenuAt(menuOpen ? null : pathname)}
        />
        <NavLink to="/" className={styles.brand} aria-label={'NetGuru'}>
          <img src="/icon.svg" alt="" width={24} height={24} />
          <span>{'NetGuru'}</span>
        </NavLink>
        <button type="button" className={styles.search} onClick={() => setPalette(true)}>
          <Search size={15} aria-hidden />
          <span>{t.searchHint}</span>
        </button>
        <div className={styles.who}>
          <NavLink to="/account" className={styles.account} title={t.account}>
            <UserRound size={16} aria-hidden />
            <span>{account.data?.full_name ?? account.data?.email ?? ''}</span>
          </NavLink>
          <IconButton label={t.signOut} icon={<LogOut size={16} />} onClick={signOut} />
        </div>
      </header>
      <nav className={styles.rooms} aria-label={t.navigation} data-open={menuOpen}>
        <Room to="/" end icon={<Gauge size={17} />}>
          {t.home}
        </Room>
        <Room to="/files" icon={<Files size={17} />}>
          {t.files}
        </Room>
        <Room to="/findings" icon={<TriangleAlert size={17} />}>
          {t.findings}
        </Room>
        <Room to="/topology" icon={<Network size={17} />}>
          {t.topology}
        </Room>
        <Room to="/chat" icon={<MessagesSquare size={17} />}>
          {t.chat}
        </Room>
        <Room to="/search" icon={<Search size={17} />}>
          {t.search}
        </Room>
        <hr />
        <Room to="/usage" icon={<ChartNoAxesColumn size={17} />}>
          {t.usage}
        </Room>
        <Room to="/account" icon={<UserRound size={17} />}>
          {t.account}
        </Room>
        {account.data?.is_superuser === true && (
          <Room to="/admin" icon={<ShieldCheck size={17} />}>
            {t.admin}
          </Room>
        )}
      </nav>
      <main id="content" className={styles.content} tabIndex={-1}>
        {!online && (
          <p className={styles.offline} role="status">
            {t.offline}
          </p>
        )}
        <Boundary key={pathname} message={t.failed}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </Boundary>
      </main>
      {palette && (
        <Suspense fallback={null}>
          <Palette onClose={() => setPalette(false)} />
        </Suspense>
      )}
      <Keys />
      <ScrollRestoration />
    </div>
  )
}
