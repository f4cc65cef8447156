import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import { checkName } from '../define/check-call.ts'
import { MqError } from '../errors.ts'
import type { ChannelPosition } from '../ports/channel-position.ts'
import type { GroupCommand, GroupStats } from '../ports/group-driver.ts'
import { createDeadLetters } from '../dead/dead-letters.ts'
import { checkStart } from './check-start.ts'
import { explainGroup } from './explain-group.ts'
import type { GroupExplanation } from './explain-group.ts'
import { createGroupLetters } from './group-letters.ts'
import { lookAtGroup } from './look-at-group.ts'
import type { ConsumerGroup } from './group.ts'
import { checkGroups } from './channel-parts.ts'
import type { SourceParts } from './channel-parts.ts'

/**
 * A handle; no I/O until one of its methods is called. All calls may be repeated, so an outage that is shorter than the
 * time of a call is not noticed.
 */
export function createGroup(parts: SourceParts<any>, name: string): ConsumerGroup {
  const { driver, services, assertOpen } = parts
  checkName('group', name)
  checkGroups(parts)
  const group = driver.group(name, { from: 'latest' })
  const unknown = (): MqError => new MqError('unknown-group', `channel ${parts.name} has no consumer group ${name}`)

  const call = <T>(ask: () => Promise<T>): Promise<T> => {
    assertOpen()
    return repeatUntilKnown(services, ask, { timeoutMs: services.operationTimeoutMs })
  }
  /** Whether it changed something. */
  const command = async (order: GroupCommand): Promise<boolean> => {
    let tries = 0
    const { changed, absent } = await call(() => {
      tries++
      return group.apply(order)
    })
    // A first try whose reply was lost may have done it.
    if (absent && !(order.kind === 'remove' && tries > 1)) throw unknown()
    return changed > 0 || tries > 1
  }
  const stats = async (): Promise<GroupStats> => {
    const found = await call(() => group.stats())
    if (found === undefined) throw unknown()
    return found
  }

  const explain = async (position?: ChannelPosition): Promise<GroupExplanation> => {
    if (position !== undefined) checkStart('explain', { position })
    const look = await call(() => lookAtGroup(driver, group, position))
    const { stats: found, newest, n, inHands, partition } = look
    if (found === undefined) return explainGroup({ members: 0, concurrency: 0 })
    const only = look.letter === undefined ? [] : [look.letter]
    const [letter] = await call(() => group.list({ state: 'dead', limit: 1, payloads: false, only }))
    const workers = await parts.workers()
    const members = workers.filter((worker) => {
      return worker.channel === parts.name && worker.group === name && worker.alive && worker.state !== 'quiet'
    })
    const concurrency = members.reduce((sum, worker) => sum + worker.concurrency, 0)
    const isKept = parts.isKept && (await call(parts.isKept))
    const diedOf = letter === undefined ? undefined : { diedOf: letter.reason }
    const facts = { stats: found, newest, members: members.length, concurrency, inHands, partition, isKept, ...diedOf }
    return explainGroup(facts, n)
  }

  return {
    name,
    stats,
    explain,
    lag: async () => (await stats()).unread,
    pause: () => command({ kind: 'pause' }),
    resume: () => command({ kind: 'resume' }),
    seek: async (to) => void (await command({ kind: 'seek', to: checkStart('seek', to) })),
    remove: async () => void (await command({ kind: 'remove' })),
    dead: createDeadLetters<never>({ admin: createGroupLetters(group, parts.form), services, assertOpen }),
  }
}
