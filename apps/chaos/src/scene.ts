import { Redis } from 'ioredis'
import type { Contender } from './contenders/contender.ts'
import type { Scene } from './experiments/experiment.ts'
import type { Recorder } from './history/recorder.ts'
import type { Place } from './place.ts'
import { lasting, until } from './until.ts'

export interface SceneParts extends Pick<
  Scene,
  | 'server'
  | 'cluster'
  | 'proxied'
  | 'watched'
  | 'groups'
  | 'clock'
  | 'clocks'
  | 'proxy'
  | 'crew'
  | 'dice'
  | 'size'
  | 'leaseMs'
> {
  readonly recorder: Recorder
  /** Leads to Redis whatever is struck. */
  readonly place: Place
  readonly contender: Contender
  readonly flows: boolean
}

export interface OpenScene extends Scene, AsyncDisposable {
  /** Writes down what the fault maker sees. */
  readonly recorder: Recorder
}

/** After a rest so many tasks more must have been done: work goes on. */
const PROGRESS = 20
const PROGRESS_WITHIN_MS = 20_000

/** The hands with which an experiment works. */
export function setScene({ contender, recorder, flows, place, ...parts }: SceneParts): OpenScene {
  const { server, crew, groups, size } = parts
  let strikes = 0
  let watch: ReturnType<Contender['watch']> | undefined
  return {
    ...parts,
    recorder,

    async admin(act, at = server) {
      const redis = new Redis(at.url, { lazyConnect: true, maxRetriesPerRequest: 2 })
      redis.on('error', () => undefined) // the call itself fails, and says so
      try {
        await redis.connect()
        return await act(redis)
      } finally {
        redis.disconnect()
      }
    },

    async strike(kind, targets, act, forgetsMs = 0) {
      const fault = `${kind} ${++strikes}`
      recorder.write({ ev: 'fault.begin', fault, kind, targets, forgetsMs })
      await act()
      recorder.write({ ev: 'fault.end', fault })
    },

    write: (happening) => recorder.write(happening),

    divide: async (of, killedAt) => contender.divide?.(place, of, killedAt),

    async left() {
      return (await (watch ??= contender.watch(place, { groups, flows }))).left()
    },

    async rest() {
      const goal = crew.count + PROGRESS
      await lasting(size.restMs)
      await until(`${PROGRESS} further tasks to be done`, PROGRESS_WITHIN_MS, () => crew.count >= goal)
    },

    async [Symbol.asyncDispose]() {
      await (await watch)?.close()
    },
  }
}
