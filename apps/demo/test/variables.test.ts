// The documents list every variable of every app, as `--help` does. `vitest run --project demo variables -u` writes them anew.
import { variablesOf } from '@mq/app-kit'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { demoEnv } from '../src/env.ts'
import { APPS, ENV } from './deployed.ts'

const DOCUMENT = fileURLToPath(new URL('../../../docs/deploying.md', import.meta.url))
const TURBO = fileURLToPath(new URL('../../../turbo.json', import.meta.url))

it.each(Object.entries({ ...ENV, demo: demoEnv }))('each variable of %s says what it does', (_app, env) => {
  expect(variablesOf(env).filter(({ what }) => what.length < 10 || what.endsWith('.'))).toEqual([])
})

it('turbo hands each variable on to an app that it starts', () => {
  const { globalPassThroughEnv: handedOn } = JSON.parse(readFileSync(TURBO, 'utf8')) as {
    readonly globalPassThroughEnv: readonly string[]
  }
  const all = Object.values(ENV).flatMap((env) => variablesOf(env).map(({ name }) => name))
  const isHandedOn = (name: string): boolean =>
    handedOn.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : each === name))
  expect(all.filter((name) => !isHandedOn(name))).toEqual([])
})

it('docs/deploying.md lists them as they are', async () => {
  await expect(written(readFileSync(DOCUMENT, 'utf8'))).toMatchFileSnapshot(DOCUMENT)
})

/** The document with its table put right: one row for each variable, with the apps that take it. */
function written(document: string): string {
  const rows = new Map<string, { readonly cells: string; readonly apps: string[] }>()
  for (const [app, env] of Object.entries(ENV)) {
    for (const { name, byDefault, what } of variablesOf(env)) {
      const row = rows.get(name) ?? { cells: `${byDefault && `\`${byDefault}\``} | ${what}`, apps: [] }
      row.apps.push(app)
      rows.set(name, row)
    }
  }
  const lines = [...rows].map(([name, { cells, apps }]) => {
    const who = apps.length === APPS.length ? 'all' : apps.map((app) => `\`${app}\``).join(', ')
    return `| \`${name}\` | ${who} | ${cells} |`
  })
  const table = ['| variable | app | default | what it does |', '|---|---|---|---|', ...lines].join('\n')
  const [before, after] = document.split(/(?<=<!-- variables -->\n)[\s\S]*?(?=\n<!-- end of variables -->)/)
  return `${before}${table}${after}`
}
