import { MqError } from '../errors.ts'
import { unsharedLimit } from './shares.ts'
import type { DefinedLimits } from '../ports/queue-limits.ts'

/** What of a definition says whether it can be split. */
interface Splittable {
  readonly name: string
  readonly partitions: number
  readonly inbox: unknown
  readonly outcomes: unknown
  readonly limits: DefinedLimits | undefined
  readonly capacity: { readonly size?: number | undefined } | undefined
}

/** A definition that can be split as it says. Throws `unsupported`, with the option at fault. */
export function splittable<Definition extends Splittable>(definition: Definition): Definition {
  const { name, partitions, inbox, outcomes, limits, capacity } = definition
  if (partitions === 1) return definition
  const refuse = (option: string, why: string): never => {
    throw new MqError('unsupported', `queue ${name} has ${partitions} partitions: ${why}`, { details: { option } })
  }
  if (inbox !== undefined) refuse('inbox', 'an inbox is one list, in one slot, so it cannot have one')
  if (outcomes) refuse('outcomes', 'its tasks end in several slots, so it cannot have outcomes')
  const { size } = capacity ?? {}
  if (size !== undefined && size < partitions) {
    refuse('capacity.size', `capacity.size is shared out, so it must be at least ${partitions}, not ${size}`)
  }
  const unshared = limits ? unsharedLimit(limits, partitions) : undefined
  if (unshared !== undefined) refuse(unshared.slice(0, unshared.indexOf(' ')), `limits are shared out: ${unshared}`)
  return definition
}
