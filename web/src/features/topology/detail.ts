// SPDX-License-Identifier: Apache-2.0
import { createContext } from 'react'

export type DetailLevel = 'dots' | 'far' | 'middle' | 'near'

/** How much can be read at the present zoom. It changes rarely, so it is no state of nodes and lines. */
export const DetailContext = createContext<DetailLevel>('near')
