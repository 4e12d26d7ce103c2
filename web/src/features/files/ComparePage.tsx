// SPDX-License-Identifier: Apache-2.0
import { Page } from '@/ui'

export function Component() {
  return <Page title="…">{null}</Page>
}
