import type { Clock } from '../../clock.ts'
import { MqError, toError } from '../../errors.ts'
import { boundsShare } from '../../define/shares.ts'
import { Home } from '../../partitions/home.ts'
import { checkMessages } from '../../ports/check-arguments.ts'
import type { ChannelDriver, FrameListener } from '../../ports/channel-driver.ts'
import type { ChannelPosition } from '../../ports/channel-position.ts'
import { firstLayout } from '../../ports/layout.ts'
import type { GroupDriver, GroupOptions, GroupStart } from '../../ports/group-driver.ts'
import type { HistoryLimits } from '../../ports/history-limits.ts'
import type { Subscription } from '../../ports/subscription.ts'
import type { Widths } from '../../ports/widths.ts'
import type { Services } from '../../services/services.ts'
import { ChannelPort } from './channel-port.ts'
import { GroupPort } from './group-port.ts'
import { PartitionedMember } from './partitioned-member.ts'
import type { MemberCalls } from './partitioned-member.ts'
import { Starts } from './starts.ts'
import { PartitionedGroup } from './partitioned-group.ts'

export interface PartitionedChannelParts {
  readonly channel: string
  /** The partitions. */
  readonly drivers: readonly ChannelDriver[]
  readonly widths: Widths
  /** It is used by its name, and has as many as somebody else's definition says. Default false. */
  readonly observes?: boolean | undefined
  readonly clock: Clock
  readonly onError: (error: Error) => void
  /** Ends what goes on in the background. */
  readonly closed?: AbortSignal | undefined
  /** For tests: where messages without a key go. Default: one partition after the other. */
  readonly spread?: (() => number) | undefined
}

/** The calls of a member in one place: by `first` until a turn of it is answered, by `later` from then on. */
export type CallsOf = (first: GroupDriver, later: GroupDriver) => MemberCalls

export interface MemberOptions {
  readonly group: string
  readonly from: GroupStart
  readonly callsOf: CallsOf
  readonly services: Pick<Services, 'clock' | 'closed' | 'onError'>
  readonly groupExpiresMs: number
}

/**
 * One channel for its users, made of several: a driver over those of its partitions, which know nothing of each other.
 * Within a partition messages are numbered without omissions, so whatever follows numbers follows those of each.
 */
export class PartitionedChannel implements ChannelDriver {
  readonly ports: readonly ChannelPort[]
  readonly home: Home
  readonly spread: (() => number) | undefined
  readonly #clock: Clock
  readonly #onError: (error: unknown) => void
  /** What is published waits for it, in its order. */
  #entering: Promise<void> | undefined
  #inside = 0

  constructor({ channel, drivers, widths, clock, onError, closed, spread, observes = false }: PartitionedChannelParts) {
    const of = drivers.length
    this.#clock = clock
    this.spread = spread
    this.ports = drivers.map((driver, index) => new ChannelPort(driver, index, of))
    this.#onError = (thrown) => onError(toError(thrown))
    let layout = firstLayout(of)
    this.home = new Home({
      ...{ queue: channel, kind: 'channel', of, widths, clock, closed, onError, observes },
      layout: () => layout,
      adopt: (decided) => (layout = decided),
    })
  }

  /** How many there are. */
  get of(): number {
    return this.ports.length
  }

  /** Nothing is done before it is known that there are so many. Throws `partitions-differ`, or `unavailable`. */
  readonly sure = (): Promise<void> | undefined => this.home.sure()

  publish(bodies: readonly string[], history?: HistoryLimits): Promise<ChannelPosition> {
    return this.publishAt(this.spread?.() ?? 0, bodies, history)
  }

  async publishAt(index: number, bodies: readonly string[], history?: HistoryLimits): Promise<ChannelPosition> {
    checkMessages(bodies)
    await this.#enter()
    try {
      return await this.ports[index]!.publish(bodies, history && boundsShare(history, this.of))
    } finally {
      // Also where its reply is lost.
      this.home.stored(index)
    }
  }

  async subscribe(listener: FrameListener): Promise<Subscription> {
    const opened = await Promise.allSettled(this.ports.map((port) => port.subscribe(listener)))
    const all = opened.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
    const close = async (): Promise<void> => void (await Promise.all(all.map((subscription) => subscription.close())))
    const failed = opened.find((end) => end.status === 'rejected')
    if (failed !== undefined) {
      await close()
      throw failed.reason
    }
    return {
      get live() {
        return all.every(({ live }) => live)
      },
      close,
    }
  }

  /** Of all partitions, to all who listen. Returns the position of the first. */
  async mark(): Promise<ChannelPosition> {
    await this.sure()
    const [first] = await Promise.all(this.ports.map((port) => port.mark()))
    return first!
  }

  async groups(): Promise<readonly string[]> {
    await this.sure()
    const all = await Promise.all(this.ports.map(({ driver }) => driver.groups()))
    return [...new Set(all.flat())]
  }

  group(name: string, { from }: GroupOptions): PartitionedGroup {
    const { ports, sure } = this
    return new PartitionedGroup({ name, from, ports, clock: this.#clock, sure, stored: this.home.stored })
  }

  /** One member of a group, over all partitions. */
  member({ group, from, callsOf, services, groupExpiresMs }: MemberOptions): PartitionedMember {
    const { home, ports, sure } = this
    const { clock, closed, onError } = services
    const starts = new Starts(from, ports, clock)
    const calls = ports.map((port) => {
      const first = new GroupPort(port, group, () => starts.at(port.index))
      return callsOf(first, new GroupPort(port, group, () => 'earliest'))
    })
    return new PartitionedMember({ calls, clock, closed, onError, home, sure, touchEachMs: groupExpiresMs / 3 })
  }

  /**
   * One after the other, first where it will be refused most probably. What is in use from then on is refused when
   * others are deleted already.
   */
  async obliterate(options: { readonly force: boolean }): Promise<'messages' | 'members' | undefined> {
    await this.sure()
    const uses = options.force ? this.ports.map(() => 0) : await Promise.all(this.ports.map((port) => heldIn(port)))
    const inOrder = [...this.ports].sort((one, other) => uses[other.index]! - uses[one.index]!)
    for (const { driver } of inOrder) {
      const inUse = await driver.obliterate(options)
      if (inUse !== undefined) return inUse
    }
    await this.home.release()
    return undefined
  }

  /** The number of partitions is that of what was published. */
  async close(): Promise<void> {
    await this.home.close().catch(this.#onError)
  }

  /** Whoever came while others wait comes behind them. */
  async #enter(): Promise<void> {
    const entering = (this.#entering ??= this.home.sureToStore())
    if (entering === undefined) return
    this.#inside++
    try {
      await entering
    } catch (thrown) {
      // Nothing was sent yet, so it may be tried again.
      if (MqError.is(thrown, 'unavailable')) {
        throw new MqError('unavailable', thrown.message, { cause: thrown, details: { ...thrown.details, sent: false } })
      }
      throw thrown
    } finally {
      if (--this.#inside === 0) this.#entering = undefined
    }
  }
}

/** How many messages members of its groups hold there. */
async function heldIn({ driver }: ChannelPort): Promise<number> {
  const names = await driver.groups()
  const all = await Promise.all(names.map((name) => driver.group(name, { from: 'latest' }).stats()))
  return all.reduce((sum, stats) => sum + (stats?.running ?? 0), 0)
}
