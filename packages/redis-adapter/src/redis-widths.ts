import { layoutText, parseLayout } from '@mq/core/adapter'
import type { Layout, Widths } from '@mq/core/adapter'
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
 * How queues are divided: the layout of the queue without partitions, which refuses all else by it. In a cluster a
 * failover may lose it while other nodes have tasks of the queue. So two witnesses in other slots have it, too: who
 * finds that it is new there believes it only if a witness knows no other, or else puts back what that says.
 */
export function createRedisWidths(participant: WidthsAt): Widths {
  /** By queue: the layout that all places were seen to have. */
  const kept = new Map<string, string>()

  /** At one place: what it has, '' for none, and whether nobody was sure of it yet. */
  const claimAt = async (
    place: string,
    wanted: string,
    instead: string,
    sure: boolean,
  ): Promise<[has: string, isNew: boolean]> => {
    const keys = participant.keys.of(claimWidthScript, place)
    const args = argumentsOf(CLAIM, { wanted, instead, sure })
    const [has, isNew] = (await participant.evaluateDurably(claimWidthScript, keys, args)) as [string, number]
    return [has, isNew === 1]
  }

  /** The same, and where it has an earlier one, this takes its place. */
  const putAt = async (place: string, text: string, sure: boolean): Promise<string> => {
    const [has] = await claimAt(place, text, '', sure)
    if (!succeeds(text, has)) return has
    return (await claimAt(place, text, has, sure))[0]
  }

  const layoutAt = async (
    place: string,
  ): Promise<{ readonly layout: string | undefined; readonly isLeft: boolean }> => {
    const [meta = ''] = participant.keys.of(releaseWidthScript, place)
    const [layout, left] = (await participant.call('hmget', meta, ['layout', 'left'])) as (string | null)[]
    return { layout: layout ?? undefined, isLeft: left !== null }
  }

  /** What a witness says; undefined: nothing. */
  const saidBy = async (witness: string): Promise<string | undefined> => {
    const { layout, isLeft } = await layoutAt(witness)
    return layout === undefined || isLeft ? undefined : layout
  }

  /** Asks the witnesses, and makes them know it. Returns what the first that answers has. */
  const witnessed = async (queue: string, text: string): Promise<string> => {
    const all = witnessesOf(queue).map(async (witness) => {
      const said = await saidBy(witness)
      return said === undefined || succeeds(text, said) ? putAt(witness, text, true) : said
    })
    void Promise.all(all).then(
      (said) => said.every((each) => each === text) && kept.set(queue, text),
      () => undefined,
    )
    return Promise.any(all).catch(({ errors: [first] }: AggregateError) => {
      throw first
    })
  }

  /** Nobody was sure of it: it holds once a witness has it, or gives way to what that says. */
  const confirmed = async (queue: string, text: string): Promise<string> => {
    const said = await witnessed(queue, text)
    return (await claimAt(queue, said, said === text ? '' : text, true))[0]
  }

  const claim = async (queue: string, text: string): Promise<string> => {
    const [has, isNew] = await claimAt(queue, text, '', false)
    if (has === '') return has
    // A failover lost what this process knows.
    if (succeeds(text, has)) return confirmed(queue, (await claimAt(queue, text, has, false))[0])
    if (isNew) return confirmed(queue, has)
    if (kept.get(queue) !== has) {
      // Nothing waits for it: a node may be away.
      void witnessed(queue, has)
        .then((said) => (succeeds(said, has) ? confirmed(queue, said) : undefined))
        .catch(() => undefined)
    }
    return has
  }

  return {
    async claim(queue, wanted) {
      return parseLayout(await claim(queue, layoutText(wanted)))
    },
    async of(queue) {
      const { layout } = await layoutAt(queue)
      if (layout !== undefined) return parseLayout(layout)
      const said = (await Promise.all(witnessesOf(queue).map(saidBy))).flatMap((each) => parseLayout(each ?? '') ?? [])
      return said.reduce<Layout | undefined>((one, other) => {
        return one === undefined || other.revision > one.revision ? other : one
      }, undefined)
    },
    async change(queue, before, after) {
      const text = layoutText(after)
      const [has] = await claimAt(queue, text, layoutText(before), false)
      return parseLayout(has === text ? await confirmed(queue, text) : has)
    },
    async release(queue, had) {
      kept.delete(queue)
      const args = argumentsOf(RELEASE, { had: layoutText(had) })
      const releaseAt = (place: string): Promise<unknown> =>
        participant.evaluate(releaseWidthScript, participant.keys.of(releaseWidthScript, place), args)
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

/** Whether this layout came after that one, of the same queue. A first one may be of a queue that was made anew. */
function succeeds(text: string, before: string): boolean {
  const [layout, earlier] = [parseLayout(text), parseLayout(before)]
  if (layout === undefined || earlier === undefined || layout.revision <= earlier.revision) return false
  const [{ of }] = earlier.generations
  return earlier.revision > 0 || layout.generations.some((each) => each.made === 0 && each.of === of)
}
