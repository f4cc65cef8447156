import type { Widths } from '@mq/core/adapter'
import { witnessesOf } from './keys.ts'
import type { Participant } from './participant.ts'
import { argumentsOf } from './scripts/arguments.ts'
import { CLAIM, claimWidthScript } from './scripts/queue/claim-width.ts'
import { markArguments, markPartitionsScript, parseMarks } from './scripts/queue/mark-partitions.ts'
import { RELEASE, releaseWidthScript } from './scripts/queue/release-width.ts'

/** Who runs the scripts, and the keys that they have there. */
export type WidthsAt = Pick<Participant, 'evaluate' | 'evaluateDurably' | 'call'> & {
  readonly keys: Pick<Participant['keys'], 'of'>
}

/**
 * How many partitions queues have: the layout of the queue without partitions, which refuses all else by it. In a
 * cluster a failover may lose it while other nodes have tasks of the queue. So two witnesses in other slots have it,
 * too: who finds that it is new there believes it only if a witness knows no other, or else puts back what that says.
 */
export function createRedisWidths(participant: WidthsAt): Widths {
  /** By queue: the number that all places were seen to have. */
  const kept = new Map<string, number>()

  /** At one place: what it has, and whether nobody was sure of it yet. */
  const claimAt = async (
    place: string,
    wanted: number,
    instead: number | '',
    sure: boolean,
  ): Promise<[number, boolean]> => {
    const keys = participant.keys.of(claimWidthScript, place)
    const args = argumentsOf(CLAIM, { wanted, instead, sure })
    const [has, isNew] = (await participant.evaluateDurably(claimWidthScript, keys, args)) as [number, number]
    return [has, isNew === 1]
  }

  const layoutAt = async (
    place: string,
  ): Promise<{ readonly layout: string | undefined; readonly isLeft: boolean }> => {
    const [meta = ''] = participant.keys.of(releaseWidthScript, place)
    const [layout, left] = (await participant.call('hmget', meta, ['layout', 'left'])) as (string | null)[]
    return { layout: layout ?? undefined, isLeft: left !== null }
  }

  /** What a witness says; undefined: nothing. */
  const saidBy = async (witness: string): Promise<number | undefined> => {
    const { layout, isLeft } = await layoutAt(witness)
    return layout === undefined || isLeft ? undefined : numberOf(layout)
  }

  /** Asks the witnesses, and makes them know it. Returns what the first that answers has. */
  const witnessed = async (queue: string, wanted: number): Promise<number> => {
    const all = witnessesOf(queue).map(async (witness) => {
      const said = await saidBy(witness)
      return said ?? (await claimAt(witness, wanted, '', true))[0]
    })
    void Promise.all(all).then(
      (said) => said.every((number) => number === wanted) && kept.set(queue, wanted),
      () => undefined,
    )
    return Promise.any(all).catch(({ errors: [first] }: AggregateError) => {
      throw first
    })
  }

  return {
    async claim(queue, wanted) {
      const [has, isNew] = await claimAt(queue, wanted, '', false)
      if (has !== wanted || (kept.get(queue) === wanted && !isNew)) return has
      if (!isNew) {
        // Nothing waits for it: a node may be away.
        void witnessed(queue, wanted).catch(() => undefined)
        return has
      }
      const said = await witnessed(queue, wanted)
      const [now] = await claimAt(queue, said, said === wanted ? '' : wanted, true)
      return now
    },
    async of(queue) {
      const { layout } = await layoutAt(queue)
      if (layout !== undefined) return numberOf(layout)
      const said = await Promise.all(witnessesOf(queue).map(saidBy))
      return said.find((number) => number !== undefined) ?? 1
    },
    async release(queue, had) {
      kept.delete(queue)
      const releaseAt = (place: string): Promise<unknown> =>
        participant.evaluate(
          releaseWidthScript,
          participant.keys.of(releaseWidthScript, place),
          argumentsOf(RELEASE, { had }),
        )
      // It is the last to be forgotten.
      await Promise.all(witnessesOf(queue).map(releaseAt))
      await releaseAt(queue)
    },
    async mark(queue, of, marks) {
      const keys = participant.keys.of(markPartitionsScript, queue)
      return parseMarks(await participant.evaluate(markPartitionsScript, keys, markArguments(of, marks)))
    },
  }
}

function numberOf(layout: string): number {
  return Number(/^p(\d+)$/.exec(layout)?.[1] ?? 1)
}
