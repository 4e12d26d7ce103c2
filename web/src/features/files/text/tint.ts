// SPDX-License-Identifier: Apache-2.0
/* What a line of a configuration is, so far as its first words tell without doubt. */

export type Tint = 'comment' | 'negated' | 'shutdown' | 'plain'

export function tintOf(line: string, kind: string): Tint {
  if (kind !== 'config') return 'plain'
  const text = line.trimStart()
  if (/^(!|#|\/\*|\*|\*\/)/.test(text)) return 'comment'
  if (/^(shutdown|disable|inactive:.*|deactivate .*|set .* disable);?\s*$/.test(text)) return 'shutdown'
  if (/^(no|undo|delete) /.test(text)) return 'negated'
  return 'plain'
}
