import { fileURLToPath } from 'node:url'
import { mergeConfig } from 'vitest/config'
import { project } from '../../../vitest.shared.ts'
import { breakOnLoad } from './break-on-load.ts'
import type { Place } from './find-place.ts'

/** Runs tests of any package with the defect that `MQ_MUTANT` has, as JSON, or with none. */
const root = fileURLToPath(new URL('../../../', import.meta.url))
const places = JSON.parse(process.env['MQ_MUTANT'] ?? '[]') as readonly Place[]

const every = { include: ['packages/*/test/**/*.test.ts'], exclude: ['**/node_modules/**'], isolate: true }

export default mergeConfig(project('killers', { ...every, testTimeout: 20_000 }), {
  root,
  plugins: [breakOnLoad(root, places)],
})
