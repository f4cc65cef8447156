import type { Clock } from '../clock.ts'
import { MqError, toError } from '../errors.ts'
import { areSameLayouts, firstLayout, isNumberOf } from '../ports/layout.ts'
import type { Layout } from '../ports/layout.ts'
import { partitionsDiffer, WIDTH_KEPT_MS } from '../ports/widths.ts'
import type { Widths } from '../ports/widths.ts'
import { pause } from '../waiting/pause.ts'
import { inTime } from './in-time.ts'

/**
 * So often it is claimed again while it is used: several times before a queue that was obliterated elsewhere can get
 * another number of partitions.
 */
const AGAIN_MS = WIDTH_KEPT_MS / 3
/**
 * What was answered longer ago is waited for before anything is done, and counts no more than what a definition says:
 * the queue may have got another number meanwhile, or be another of its name. Short of `WIDTH_KEPT_MS` by what a call
 * takes at the most.
 */
const TRUSTED_MS = 2 * AGAIN_MS
const AFTER_FAILURE_MS = 1_000

export interface WidthParts {
  readonly queue: string
  /** What is divided, for errors. Default: a queue. */
  readonly kind?: 'channel' | undefined
  /** What its definition says, or what was heard of it. */
  readonly of: number
  /** As far as is known here. */
  readonly layout: () => Layout
  /** It is divided so. */
  readonly adopt: (layout: Layout) => void
  readonly widths: Widths
  readonly clock: Clock
  /** Nobody said how many it has: it is looked at, and claimed by those who know, or who store something. */
  readonly observes: boolean
  readonly closed: AbortSignal | undefined
  readonly onError: (error: Error) => void
}

/**
 * Whether the queue has as many partitions as its definition says, or was divided anew since it had: nothing is done
 * before that is known.
 */
export class Width {
  readonly #parts: WidthParts
  /** Ends when the look that is under way does. */
  #looking: Promise<void> = Promise.resolve()
  /** The one after it, which all who ask meanwhile share. */
  #nextLook: Promise<void> | undefined
  #observes: boolean
  #sureUntil: number | undefined
  #trustedUntil = 0
  #claiming: Promise<void> | undefined
  /** When what is known was asked for. */
  #askedAt = Number.NEGATIVE_INFINITY
  /** When it was claimed. */
  #claimedAt = Number.NEGATIVE_INFINITY
  #storedAt: number | undefined
  #isConfirming = false

  constructor(parts: WidthParts) {
    this.#parts = parts
    this.#observes = parts.observes
  }

  /** Undefined: it is. Else resolves when it is, or throws `partitions-differ`, or `unavailable`. */
  sure(): Promise<void> | undefined {
    const now = this.#parts.clock.now()
    if (this.#sureUntil === undefined) return (this.#claiming ??= this.#claim())
    if (now <= this.#sureUntil) return undefined
    this.#claiming ??= this.#again(now)
    return now <= this.#trustedUntil ? undefined : this.#claiming
  }

  /** Something will be stored there: who only looked holds the number from now on. */
  sureToStore(): Promise<void> | undefined {
    return this.#observes ? this.#hold() : this.sure()
  }

  /**
   * Something was stored there, perhaps just after the queue was obliterated elsewhere: the number is claimed once more
   * after that, though this process may do nothing else.
   */
  stored(): void {
    this.#storedAt = this.#parts.clock.now()
    if (!this.#isConfirming) void this.#confirm()
  }

  /** What was stored since it was claimed last is of that number: sees to it now, since this process ends. */
  async confirm(): Promise<void> {
    if (this.#isOpen) await (this.#claiming ??= this.#again(this.#parts.clock.now()))
  }

  /** Looks at it now, for who knows something that does not fit: returns whether it is another layout than before. */
  async lookAgain(): Promise<boolean> {
    const { layout } = this.#parts
    const before = layout()
    // One that is under way may be older than what whoever asks heard of.
    this.#nextLook ??= this.#looking.then(() => {
      this.#nextLook = undefined
      const looking = this.#look()
      this.#looking = looking.catch(() => undefined) // whoever asked is given it
      return looking
    })
    await this.#nextLook
    return !areSameLayouts(layout(), before)
  }

  async #look(): Promise<void> {
    const { of, queue, widths } = this.#parts
    const has = await widths.of(queue)
    if (has !== undefined && isNumberOf(has, of)) this.#learn(has)
  }

  /** What the slot of its name said by the way, `askedAt`. */
  heard(heard: Layout | undefined, released: boolean, askedAt: number): void {
    if (this.#sureUntil === undefined) return
    const now = this.#parts.clock.now()
    const isSame = heard !== undefined && areSameLayouts(heard, this.#parts.layout())
    const holds = isSame && (!released || this.#observes)
    if (holds) {
      this.#claimedAt = Math.max(this.#claimedAt, askedAt)
      return this.#isSure(now, askedAt)
    }
    this.#sureUntil = now - 1
    this.#trustedUntil = 0
    this.#claiming ??= this.#again(now)
  }

  /** Its partitions were obliterated. */
  async release(): Promise<void> {
    this.#observes = this.#parts.observes
    this.#sureUntil = undefined
    this.#storedAt = undefined
    this.#askedAt = Number.NEGATIVE_INFINITY
    await this.#parts.widths.release(this.#parts.queue, this.#parts.layout())
  }

  /** Whoever uses it all the time does not wait: where it is stored may be away while the other partitions are not. */
  #again(now: number): Promise<void> {
    const claiming = this.#claim().catch((thrown: unknown) => {
      const differs = MqError.is(thrown, 'partitions-differ')
      this.#sureUntil = differs ? undefined : Math.min(now + AFTER_FAILURE_MS, this.#trustedUntil)
      throw thrown
    })
    // Whoever waits for it is given its failure; often nobody does.
    claiming.catch(() => undefined)
    return claiming
  }

  /** Only a number that is still there: it decides none. */
  async #hold(): Promise<void> {
    const { kind, of, queue, widths } = this.#parts
    const has = await widths.of(queue)
    if (has === undefined || !isNumberOf(has, of)) throw partitionsDiffer(queue, numberIn(has), of, kind)
    this.#observes = false
    await this.#claim()
  }

  async #claim(): Promise<void> {
    const { clock, kind, of, queue } = this.#parts
    const askedAt = clock.now()
    try {
      const { has, isClaimed } = this.#observes
        ? { has: await this.#parts.widths.of(queue), isClaimed: true }
        : await this.#claimed()
      if (has === undefined || !isNumberOf(has, of)) throw partitionsDiffer(queue, numberIn(has), of, kind)
      this.#learn(has)
      if (isClaimed) this.#claimedAt = Math.max(this.#claimedAt, askedAt)
      this.#isSure(clock.now(), askedAt)
    } finally {
      this.#claiming = undefined
    }
  }

  /** Where it is decided does not answer: who used it before goes on by what is known elsewhere. */
  async #claimed(): Promise<Answer> {
    const { clock, layout, of, queue, widths } = this.#parts
    const wanted = this.#isTrusted ? layout() : firstLayout(of)
    const claiming = widths.claim(queue, wanted).then((has): Answer => ({ has, isClaimed: true }))
    if (this.#sureUntil === undefined) return claiming
    const answer = await inTime(clock, claiming).catch((thrown: unknown) => {
      if (!MqError.is(thrown, 'unavailable')) throw thrown
    })
    if (answer !== undefined) return answer
    const said = widths.of(queue).then((has) => has && { has, isClaimed: false })
    claiming.catch(() => undefined)
    return Promise.any([claiming, said.then((known) => known ?? claiming)]).catch(() => claiming)
  }

  /** A later one counts; an earlier one only where what is known may be over. */
  #learn(has: Layout): void {
    const { adopt, layout } = this.#parts
    if (areSameLayouts(has, layout())) return
    if (has.revision > layout().revision || !this.#isTrusted) adopt(has)
  }

  get #isTrusted(): boolean {
    return this.#parts.clock.now() <= this.#askedAt + TRUSTED_MS
  }

  /** Something was stored since it was claimed. */
  get #isOpen(): boolean {
    return this.#storedAt !== undefined && this.#claimedAt <= this.#storedAt
  }

  #isSure(now: number, askedAt: number): void {
    this.#askedAt = Math.max(this.#askedAt, askedAt)
    this.#trustedUntil = this.#askedAt + TRUSTED_MS
    this.#sureUntil = now + AGAIN_MS
  }

  async #confirm(): Promise<void> {
    const { clock, closed, onError } = this.#parts
    this.#isConfirming = true
    try {
      while (this.#isOpen) {
        await pause(clock, AGAIN_MS, closed)
        if (closed?.aborted) return
        await this.confirm().catch((thrown: unknown) => {
          if (!MqError.is(thrown, 'unavailable')) throw thrown
        })
      }
    } catch (thrown) {
      onError(toError(thrown))
    } finally {
      this.#isConfirming = false
    }
  }
}

interface Answer {
  readonly has: Layout | undefined
  readonly isClaimed: boolean
}

/** 1 for none. */
function numberIn(layout: Layout | undefined): number {
  return layout?.generations[0].of ?? 1
}
