import { fileURLToPath } from 'node:url'
import { mergeConfig } from 'vitest/config'
import { project } from '../../../vitest.shared.ts'

/**
 * Longer than a test looks for what has to come (15 s alone, more on a busy machine), or it ends before it says what it
 * missed.
 */
const KILLER_TIMEOUT_MS = 70_000

/** Tests of any package, each file in a process of its own. */
const root = fileURLToPath(new URL('../../../', import.meta.url))

const every = { include: ['packages/*/test/**/*.test.ts'], exclude: ['**/node_modules/**'], isolate: true }

/** A mutant is a change of source, whatever the tests around it run on. */
const source = { conditions: ['@mq/source'], externalConditions: ['@mq/source'] }

export default mergeConfig(project('killers', { ...every, testTimeout: KILLER_TIMEOUT_MS }), {
  root,
  resolve: source,
  ssr: { resolve: source },
})
