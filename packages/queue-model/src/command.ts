import { stringify } from 'fast-check'
import type { Arbitrary, AsyncCommand } from 'fast-check'
import { compare } from './compare.ts'
import type { RealQueue, World } from './world.ts'

export type AnyCommand = AsyncCommand<World, RealQueue>

/** The greater the weight, the more often. */
export interface WeightedCommands {
  readonly weight: number
  readonly arbitrary: Arbitrary<AnyCommand>
}

/** A kind of command: what it takes, when it makes sense, and what it does to the real queue and to the model. */
export interface CommandKind<Args> {
  readonly name: string
  readonly args: Arbitrary<Args>
  readonly applies?: (args: Args, world: Readonly<World>) => boolean
  /** Throws when the storage answers what the model does not permit. */
  readonly run: (args: Args, world: World, real: RealQueue) => Promise<void>
}

export function commandsOf<Args>({ name, args, applies, run }: CommandKind<Args>): Arbitrary<AnyCommand> {
  return args.map((given) => ({
    check: (world) => applies?.(given, world) ?? true,
    async run(world, real) {
      await run(given, world, real)
      await compare(world, real)
    },
    toString: () => `${name} ${stringify(given)}`,
  }))
}
