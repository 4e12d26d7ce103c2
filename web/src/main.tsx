// SPDX-License-Identifier: Apache-2.0
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from '@/app/App'
import { startTheme } from '@/app/theme'
import '@/ui/tokens.css'
import '@/ui/base.css'

startTheme()
const page = document.getElementById('page')
if (page !== null) {
  createRoot(page).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
