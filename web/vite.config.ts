// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { constants, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vitest/config'

/** Writes name.gz beside each file that gets smaller by it; the server sends that one. */
function precompress(): Plugin {
  let directory = ''
  return {
    name: 'precompress',
    apply: 'build',
    configResolved(config) {
      directory = config.build.outDir
    },
    closeBundle() {
      for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
        const path = join(directory, name)
        if (name.endsWith('.gz') || !statSync(path).isFile()) continue
        const content = readFileSync(path)
        const packed = gzipSync(content, { level: constants.Z_BEST_COMPRESSION })
        if (packed.length < content.length * 0.9) writeFileSync(`${path}.gz`, packed)
      }
    },
  }
}

// While the page is developed, requests for data go to a running `netguru serve`.
const server = process.env['NETGURU_SERVER'] ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [react(), precompress()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2023',
    // Nothing is inlined: the Content-Security-Policy of the server allows files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': server, '/ws': { target: server, ws: true } } },
  test: { environment: 'jsdom', setupFiles: ['src/test.ts'], restoreMocks: true },
})
