import { variablesOf } from '@mq/app-kit'
import { webEnv } from '@mq/web'
import { workerPubsubEnv } from '@mq/worker-pubsub'
import { workerQueueEnv } from '@mq/worker-queue'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

export const ENV = { web: webEnv, 'worker-queue': workerQueueEnv, 'worker-pubsub': workerPubsubEnv }
export type App = keyof typeof ENV
export const APPS = Object.keys(ENV) as App[]

const DEPLOY = fileURLToPath(new URL('../../../deploy/', import.meta.url))

/** A file below `deploy/`. */
export const read = (path: string): string => readFileSync(DEPLOY + path, 'utf8')

/** All files below a folder of `deploy/`. */
export const filesIn = (folder: string): readonly string[] =>
  readdirSync(DEPLOY + folder, { recursive: true, encoding: 'utf8' }).filter((path) => /\.\w+$/.test(path))

/** Of Node, of the build, and of no app. */
const OTHERS = ['NODE_ENV', 'TURBO_TELEMETRY_DISABLED']

/** That an app takes all of these variables, and their values. */
export function expectTaken(app: App, given: Readonly<Record<string, string>>): void {
  const known = variablesOf(ENV[app]).map(({ name }) => name)
  const own = Object.entries(given).filter(([name]) => !OTHERS.includes(name))
  expect(own.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([])
  // Compose fills these in.
  const set = own.filter(([, value]) => value !== '' && !value.includes('${'))
  expect(ENV[app].safeParse(Object.fromEntries(set)).error?.issues).toBeUndefined()
}

/** How long the app may take to end, ms, from its environment. */
export function stopMsOf(app: App, given: Readonly<Record<string, string>>): number {
  const byDefault = Object.fromEntries(variablesOf(ENV[app]).map((variable) => [variable.name, variable.byDefault]))
  return ['DRAIN_MS', 'GRACE_PERIOD_MS'].reduce((sum, name) => sum + Number(given[name] ?? byDefault[name] ?? 0), 0)
}
