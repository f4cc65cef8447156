import { repeatUntilKnown } from '../calls/repeat.ts'
import { checkInteger, checkName } from '../define/check.ts'
import { MqError } from '../errors.ts'
import type { GroupCommand, GroupStats } from '../ports/group-driver.ts'
import type { DeadTask } from '../ports/queue-admin.ts'
import { toDeadLetter } from '../queue/dead-letter.ts'
import type { DeadLetter } from '../queue/dead-letter.ts'
import { checkStart, historyOf } from './consume-group.ts'
import type { ChannelParts } from './create-channel.ts'
import type { ConsumerGroup } from './group.ts'
import { bodyOf } from './message-task.ts'

/** A handle; no I/O until it is asked something. All of it may be repeated, so an outage shorter than a call is not seen. */
export function createGroup(parts: ChannelParts<any, any>, name: string): ConsumerGroup {
  const { driver, services, assertOpen } = parts
  checkName('group', name)
  historyOf(parts)
  const group = driver.group(name, { from: 'latest' })
  const unknown = (): MqError =>
    new MqError('unknown-group', `channel ${parts.definition.name} has no consumer group ${name}`)

  const call = <T>(ask: () => Promise<T>): Promise<T> => {
    assertOpen()
    return repeatUntilKnown(services, ask, { timeoutMs: services.operationTimeoutMs })
  }
  const command = async (order: GroupCommand): Promise<void> => {
    let sent = false
    const answer = await call(() => {
      const again = sent
      sent = true
      return group.apply(order).then((result) => (again && order.kind === 'remove' ? 'done' : result))
    })
    if (answer === 'unknown') throw unknown()
  }
  const stats = async (): Promise<GroupStats> => {
    const found = await call(() => group.stats())
    if (found === undefined) throw unknown()
    return found
  }

  return {
    name,
    stats,
    lag: async () => (await stats()).unread,
    pause: () => command({ kind: 'pause' }),
    resume: () => command({ kind: 'resume' }),
    seek: async (to) => command({ kind: 'seek', to: checkStart('seek', to) }),
    remove: () => command({ kind: 'remove' }),
    async dead({ after, limit = 100 } = {}) {
      checkInteger('limit', limit, 1, 1_000)
      const last = after && { n: after.id.slice(1), diedAt: after.diedAt }
      return (await call(() => group.list({ state: 'dead', after: last, limit }))).map(toLetter)
    },
  }
}

/** Headers travel in a message's body. What another program wrote is shown as it is. */
function toLetter(dead: DeadTask): DeadLetter {
  const body = bodyOf(dead.payload)
  if (body === undefined) return toDeadLetter(dead)
  const newline = body.indexOf('\n')
  if (newline === -1) return toDeadLetter({ ...dead, payload: body })
  return toDeadLetter({ ...dead, header: body.slice(0, newline), payload: body.slice(newline + 1) })
}
