import { isFirst, layoutText, parseLayout } from '@mq/core/adapter'
import type { Widths } from '@mq/core/adapter'
import { firstAnswers } from './first-answers.ts'
import { witnessesOf } from './keys.ts'
import type { Participant } from './participant.ts'
import { argumentsOf } from './scripts/arguments.ts'
import { CLAIM, claimWidthScript, IS_LEFT, IS_NEW } from './scripts/queue/claim-width.ts'
import { markArguments, markPartitionsScript, parseMarks } from './scripts/queue/mark-partitions.ts'
import { RELEASE, releaseWidthScript } from './scripts/queue/release-width.ts'

/** Who runs the scripts, and the keys that they have there. */
export type WidthsAt = Pick<Participant, 'evaluate' | 'evaluateDurably' | 'call'> & {
  readonly keys: Pick<Participant['keys'], 'of'>
}

/** Others may change it at the same time. */
const MOST_TRIES = 20

/** Who has seen it everywhere looks again after so many claims, one each 20 s: a witness may lose it later. */
const LOOK_EACH = 10

/** What one place says. */
interface Said {
  /** A layout; '': a queue without one; undefined: nothing is there. */
  readonly text: string | undefined
  readonly isNew?: boolean
  /** It was released. */
  readonly isLeft: boolean
}

/**
 * How queues are divided: the layout of the queue without partitions, which refuses all else by it. In a cluster a
 * failover may lose it, or bring an earlier one back, while other nodes have tasks of the queue. So two witnesses in
 * other slots have it, too. What is decided holds once one of them has it; who asks goes by the latest that two of the
 * three say, and by the third where it answers in time. Of a name the later layout counts; only a first one that nobody
 * is sure of yet gives way to any that a witness knows: its place has lost that.
 */
export function createRedisWidths(participant: WidthsAt): Widths {
  /** By queue: the layout that all places were seen to have, and how often it was claimed since. */
  const kept = new Map<string, { readonly text: string; claims: number }>()

  const claimAt = async (place: string, wanted: string, instead: string, sure: boolean): Promise<Said> => {
    const keys = participant.keys.of(claimWidthScript, place)
    const args = argumentsOf(CLAIM, { wanted, instead, sure })
    const [text, state] = (await participant.evaluateDurably(claimWidthScript, keys, args)) as [string, number]
    return { text, isNew: state === IS_NEW, isLeft: state === IS_LEFT }
  }

  /** Makes a witness have it, unless that has a later one. Returns what it has. */
  const putAt = async (witness: string, text: string): Promise<string | undefined> => {
    const { text: has } = await claimAt(witness, text, '', true)
    return isLater(text, has) ? (await claimAt(witness, text, has!, true)).text : has
  }

  const saidAt = async (place: string): Promise<Said> => {
    const [meta = ''] = participant.keys.of(releaseWidthScript, place)
    const fields = ['layout', 'left', 'new']
    const [layout, left = null, isNew = null] = (await participant.call('hmget', meta, fields)) as (string | null)[]
    return { text: layout ?? undefined, isNew: isNew !== null, isLeft: left !== null }
  }

  /** What the witnesses say, one at least. */
  const witnessed = (queue: string): Promise<(Said | undefined)[]> => firstAnswers(witnessesOf(queue).map(saidAt), 1)

  /** Makes all places have what counts, `has` or what others know. Returns it when it holds. */
  const agreed = async (
    queue: string,
    { text: has, isNew = false }: Said,
    known: string,
    saying: Promise<(Said | undefined)[]>,
  ): Promise<string> => {
    const said = await saying
    const living = livingIn(said)
    const counts = latest(has!, isNew, revisionOf(known) > 0 ? [known, ...living] : living)
    if (counts !== has) {
      const { text } = await claimAt(queue, counts, has!, false)
      // Somebody else was faster.
      if (text !== counts) throw new ChangedMeanwhile()
    }
    const putting = witnessesOf(queue).map(async (witness, i) => {
      const has = said[i]
      return has?.text === counts && !has.isLeft ? counts : putAt(witness, counts)
    })
    Promise.all(putting).then(
      (all) => all.every((text) => text === counts) && kept.set(queue, { text: counts, claims: 0 }),
      () => undefined, // the next claim does it
    )
    const having = await firstAnswers(putting, 1)
    if (having.some((text) => isLater(text ?? '', counts))) throw new ChangedMeanwhile()
    if (isNew || counts !== has) await claimAt(queue, counts, '', true)
    return counts
  }

  const claim = async (queue: string, wanted: string, instead = ''): Promise<string> => {
    for (let tries = 0; ; tries++) {
      const seen = kept.get(queue)
      if (seen !== undefined && ++seen.claims >= LOOK_EACH) kept.delete(queue)
      const saying = kept.has(queue) ? undefined : witnessed(queue)
      saying?.catch(() => undefined) // it is waited for below, if at all
      const said = await claimAt(queue, wanted, instead, false)
      const { text = '', isNew, isLeft } = said
      const isKnown = kept.get(queue)?.text === text && !isNew && !isLater(wanted, text)
      // Of one that was released nothing is put anywhere before somebody claims it.
      if (text === '' || isLeft || isKnown) return text
      try {
        return await agreed(queue, said, instead === '' ? wanted : '', saying ?? witnessed(queue))
      } catch (error) {
        if (!(error instanceof ChangedMeanwhile) || tries === MOST_TRIES) throw error
      }
    }
  }

  return {
    async claim(queue, wanted) {
      return parseLayout(await claim(queue, layoutText(wanted)))
    },
    async of(queue) {
      const [home, ...witnesses] = await firstAnswers([queue, ...witnessesOf(queue)].map(saidAt), 2)
      const has = home?.text
      // A queue without partitions.
      if (has !== undefined && parseLayout(has) === undefined) return undefined
      const living = livingIn(witnesses)
      // Nobody was sure of it, and a failover may take it back: it counts when a witness has it.
      const isOpen = home?.isNew === true && living.length > 0 && !living.includes(has ?? '')
      const [first, ...others] = has === undefined || isOpen ? living : [has, ...living]
      return first === undefined ? undefined : parseLayout(latest(first, false, others))
    },
    async change(queue, before, after) {
      const [text, instead] = [layoutText(after), layoutText(before)]
      return parseLayout(await claim(queue, text, instead))
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

/** It is begun again. */
class ChangedMeanwhile extends Error {
  constructor() {
    super('others change the number of partitions')
  }
}

/** The layouts that witnesses have, without those that were released. */
function livingIn(said: readonly (Said | undefined)[]): string[] {
  return said.flatMap((each) => (each?.text === undefined || each.isLeft ? [] : [each.text]))
}

/** What counts: `has`, or another that somebody knows. */
function latest(has: string, isNew: boolean, others: readonly string[]): string {
  const layout = parseLayout(has)
  const mayBeLost = isNew && layout !== undefined && isFirst(layout)
  const all = mayBeLost && others.length > 0 ? others : [has, ...others]
  return all.reduce((one, other) => (isLater(other, one) ? other : one))
}

function isLater(text: string, before: string | undefined): boolean {
  return revisionOf(text) > revisionOf(before ?? '')
}

function revisionOf(text: string): number {
  return parseLayout(text)?.revision ?? -1
}
