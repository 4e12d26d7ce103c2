// SPDX-License-Identifier: Apache-2.0
/* The rooms of the page and their addresses. Each is loaded when it is first entered. */
import { createBrowserRouter, type RouteObject } from 'react-router'
import { Loading } from '@/ui'
import { NotFound } from './NotFound'
import { Shell } from './Shell'

const rooms: RouteObject[] = [
  { index: true, lazy: () => import('@/features/home/HomePage') },
  { path: 'files', lazy: () => import('@/features/files/FilesPage') },
  { path: 'files/:id', lazy: () => import('@/features/files/FilePage') },
  { path: 'compare', lazy: () => import('@/features/files/ComparePage') },
  { path: 'findings', lazy: () => import('@/features/files/FindingsPage') },
  { path: 'topology/:id?', lazy: () => import('@/features/topology/TopologyPage') },
  { path: 'chat/:id?', lazy: () => import('@/features/chat/ChatPage') },
  { path: 'search', lazy: () => import('@/features/search/SearchPage') },
  { path: 'usage', lazy: () => import('@/features/account/UsagePage') },
  { path: 'account/:section?', lazy: () => import('@/features/account/AccountPage') },
  { path: 'admin/:section?/:id?', lazy: () => import('@/features/admin/AdminPage') },
  { path: '*', Component: NotFound },
]

export const router = createBrowserRouter([{ Component: Shell, HydrateFallback: Loading, children: rooms }])
