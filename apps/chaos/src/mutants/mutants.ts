import { coreMutants } from './core-mutants.ts'
import { engineMutants } from './engine-mutants.ts'
import { adapterMutants } from './adapter-mutants.ts'
import { groupMutants } from './group-mutants.ts'
import { lifeMutants } from './life-mutants.ts'
import { recoveryMutants } from './recovery-mutants.ts'
import { scriptMutants } from './script-mutants.ts'
import type { Mutant } from './mutant.ts'

export const mutants: readonly Mutant[] = [
  ...engineMutants,
  ...coreMutants,
  ...scriptMutants,
  ...recoveryMutants,
  ...adapterMutants,
  ...lifeMutants,
  ...groupMutants,
]
