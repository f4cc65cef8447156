import { coreMutants } from './core.ts'
import { engineMutants } from './engine.ts'
import { adapterMutants } from './adapter.ts'
import { batchMutants } from './batches.ts'
import { flowMutants } from './flows.ts'
import { formerPartitionMutants } from './former-partitions.ts'
import { grantMutants } from './grants.ts'
import { groupOrderMutants } from './group-order.ts'
import { groupMutants } from './group.ts'
import { historyMutants } from './history.ts'
import { lifeMutants } from './life.ts'
import { operateMutants } from './operate.ts'
import { outcomeMutants } from './outcomes.ts'
import { channelPartitionMutants } from './channel-partitions.ts'
import { partitionMutants } from './partitions.ts'
import { recoveryMutants } from './recovery.ts'
import { programMutants } from './programs.ts'
import { scheduleMutants } from './schedules.ts'
import { scriptMutants } from './script.ts'
import { sharingMutants } from './sharing.ts'
import type { Mutant } from '../mutant.ts'

export const mutants: readonly Mutant[] = [
  ...engineMutants,
  ...coreMutants,
  ...scriptMutants,
  ...sharingMutants,
  ...recoveryMutants,
  ...adapterMutants,
  ...lifeMutants,
  ...outcomeMutants,
  ...batchMutants,
  ...flowMutants,
  ...grantMutants,
  ...groupMutants,
  ...groupOrderMutants,
  ...historyMutants,
  ...operateMutants,
  ...partitionMutants,
  ...formerPartitionMutants,
  ...channelPartitionMutants,
  ...scheduleMutants,
  ...programMutants,
]
