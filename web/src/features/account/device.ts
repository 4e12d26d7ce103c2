// SPDX-License-Identifier: Apache-2.0
/* A session's program and system in a few words. What is not recognised is shown as it was sent. */

const browsers: [RegExp, string][] = [
  [/\bEdg(?:A|iOS)?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)[\d.]*.* Safari\//, 'Safari'],
]
const systems: [RegExp, string][] = [
  [/Windows/, 'Windows'],
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

export function deviceOf(userAgent: string): string {
  for (const [pattern, name] of browsers) {
    const match = pattern.exec(userAgent)
    if (match === null) continue
    const system = systems.find(([one]) => one.test(userAgent))?.[1]
    return `${name} ${match[1] ?? ''}${system === undefined ? '' : `, ${system}`}`
  }
  return userAgent.length > 80 ? `${userAgent.slice(0, 79)}…` : userAgent
}

/** Where an act came from: the program, if it is known, and the address. */
export function originOf(userAgent: string, address: string): string {
  return userAgent === '' ? address : `${deviceOf(userAgent)} · ${address}`
}
