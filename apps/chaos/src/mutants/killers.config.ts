import { fileURLToPath } from 'node:url'
import { mergeConfig } from 'vitest/config'
import { project } from '../../../../vitest.shared.ts'
import { breakOnLoad } from './break-on-load.ts'
import { mutants } from './mutants.ts'

/** Runs tests of any package with the mutant that `MQ_MUTANT` names, or with none. */
const root = fileURLToPath(new URL('../../../../', import.meta.url))
const name = process.env['MQ_MUTANT']
const mutant = mutants.find((one) => one.name === name)
if (name && mutant === undefined) throw new Error(`unknown mutant: ${name}`)

const every = { include: ['packages/*/test/**/*.test.ts'], exclude: ['**/node_modules/**'], isolate: true }

export default mergeConfig(project('killers', { ...every, testTimeout: 20_000 }), {
  root,
  plugins: mutant ? [breakOnLoad(root, mutant)] : [],
})
