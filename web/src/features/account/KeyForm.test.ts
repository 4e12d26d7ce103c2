// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { bodyOf, type KeyInput } from './KeyForm'

const filled: KeyInput = {
  provider: 'azure',
  key: ' secret ',
  name: '',
  expires: '2027-01-31',
  extra: { endpoint: ' https://n.openai.azure.com ', deployment: 'gpt', base_url: 'http://127.0.0.1:1' },
}

test('only the fields of the chosen provider are sent, and no empty ones', () => {
  expect(bodyOf(filled)).toEqual({
    provider: 'azure',
    key: 'secret',
    expires_at: new Date(2027, 0, 31, 23, 59, 59).toISOString(),
    endpoint: 'https://n.openai.azure.com',
    deployment: 'gpt',
  })
  expect(bodyOf({ ...filled, provider: 'local', key: '', expires: '', name: 'home ' })).toEqual({
    provider: 'local',
    key_name: 'home',
    base_url: 'http://127.0.0.1:1',
  })
})
