// SPDX-License-Identifier: Apache-2.0
import { useParams } from 'react-router'
import { NotFound } from '@/app/NotFound'
import { useTexts } from '@/i18n'
import { Appearance } from './Appearance'
import { Password } from './Password'
import { Privacy } from './Privacy'
import { Profile } from './Profile'
import { ProviderKeys } from './ProviderKeys'
import { Sections } from './Sections'
import { SessionList } from './SessionList'
import { accountTexts } from './texts'
import { Tokens } from './Tokens'

const sections = {
  profile: Profile,
  appearance: Appearance,
  password: Password,
  sessions: SessionList,
  keys: ProviderKeys,
  tokens: Tokens,
  privacy: Privacy,
}
type Section = keyof typeof sections

export function Component() {
  const t = useTexts(accountTexts)
  const { section = 'profile' } = useParams()
  if (!Object.hasOwn(sections, section)) return <NotFound />
  const Shown = sections[section as Section]
  return (
    <Sections
      title={t.account}
      sections={Object.keys(sections).map((one) => ({
        to: one === 'profile' ? '/account' : `/account/${one}`,
        label: t[one as Section],
        end: true,
      }))}
    >
      <Shown />
    </Sections>
  )
}
