import { fileURLToPath } from 'node:url'
import { mergeConfig } from 'vitest/config'
import { project } from '../../../vitest.shared.ts'
import { breakOnLoad } from './break-on-load.ts'
import type { Place } from './find-place.ts'

/**
 * Longer than a test looks for what has to come (15 s alone, more on a busy machine), or it ends before it says what it
 * missed.
 */
const KILLER_TIMEOUT_MS = 70_000

/** Runs tests of any package with the defect that `MQ_MUTANT` has, as JSON, or with none. */
const root = fileURLToPath(new URL('../../../', import.meta.url))
const places = JSON.parse(process.env['MQ_MUTANT'] ?? '[]') as readonly Place[]

const every = { include: ['packages/*/test/**/*.test.ts'], exclude: ['**/node_modules/**'], isolate: true }

export default mergeConfig(project('killers', { ...every, testTimeout: KILLER_TIMEOUT_MS }), {
  root,
  plugins: [breakOnLoad(root, places)],
})
