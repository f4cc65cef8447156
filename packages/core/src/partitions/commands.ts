import { checkCommand } from '../ports/check-arguments.ts'
import type { CommandReply, QueueAdmin, QueueCommand, Redrive, TaskRef } from '../ports/queue-admin.ts'
import type { PartitionPort } from './partition-port.ts'
import type { Partitions } from './partitions.ts'
import type { Pausing } from './pausing.ts'
import { portionsByNumber } from './spread-out.ts'

type Of<Kind extends QueueCommand['kind']> = Extract<QueueCommand, { kind: Kind }>

/** Does a command where it belongs, or in all partitions. `pausing`: of those that may get others. */
export async function applyOver(
  partitions: Partitions,
  command: QueueCommand,
  pausing?: Pausing,
): Promise<CommandReply> {
  checkCommand(command)
  const ports = partitions.all
  switch (command.kind) {
    case 'cancel':
    case 'change':
      return applyToTask(partitions, command.task, (task) => ({ ...command, task }))
    case 'purge':
      return purge(ports, command)
    case 'redrive':
      return redrive(partitions, command.tasks)
    case 'discard':
      return discard(partitions, command.tasks)
    case 'obliterate':
      return obliterate(ports, command.force)
    case 'pause':
    case 'resume':
      return pausing?.order(command.kind) ?? toAll(ports, command)
    case 'retire':
      return toAll(ports, command)
  }
}

/** A task with a key is in the partition of that, so one of this id may be elsewhere. */
async function applyToTask(
  partitions: Partitions,
  task: TaskRef,
  commandOn: (task: TaskRef) => QueueCommand,
): Promise<CommandReply> {
  const home = partitions.placeOfTask(task)
  const reply = await home.apply(commandOn(home.ownRef(task)))
  if (reply.changed > 0 || 'n' in task) return reply
  const replies = await Promise.all(
    partitions.all.filter((port) => port !== home).map((port) => port.apply(commandOn(task))),
  )
  return replies.find(({ changed }) => changed > 0) ?? reply
}

async function toAll(ports: readonly PartitionPort[], command: QueueCommand): Promise<CommandReply> {
  const replies = await Promise.all(ports.map((port) => port.apply(command)))
  return { changed: replies.some(({ changed }) => changed > 0) ? 1 : 0 }
}

async function purge(ports: readonly PartitionPort[], command: Of<'purge'>): Promise<CommandReply> {
  let changed = 0
  let more = false
  for (const port of ports) {
    const left = command.limit - changed
    if (left === 0) {
      more = true
      break
    }
    const reply = await port.apply({ ...command, limit: left })
    changed += reply.changed
    more ||= reply.more === true
  }
  return { changed, more }
}

async function redrive(partitions: Partitions, tasks: readonly Redrive[]): Promise<CommandReply> {
  const portions = portionsByNumber(
    tasks,
    partitions,
    ({ n }) => n,
    (task, own) => ({ ...task, n: own }),
  )
  const refused: number[] = []
  let changed = 0
  await Promise.all(
    portions.map(async ({ port, items, positions }) => {
      const reply = await port.apply({ kind: 'redrive', tasks: items })
      changed += reply.changed
      for (const at of reply.refused ?? []) refused.push(positions[at]!)
    }),
  )
  return { changed, refused: refused.sort((one, other) => one - other) }
}

async function discard(partitions: Partitions, tasks: readonly string[]): Promise<CommandReply> {
  const portions = portionsByNumber(
    tasks,
    partitions,
    (n) => n,
    (_, own) => own,
  )
  const replies = await Promise.all(portions.map(({ port, items }) => port.apply({ kind: 'discard', tasks: items })))
  return { changed: replies.reduce((sum, { changed }) => sum + changed, 0) }
}

/**
 * One after the other, first where it will be refused most probably: a worker sleeps in all partitions. What is in use
 * from then on is refused when others are deleted already.
 */
async function obliterate(ports: readonly PartitionPort[], force: boolean): Promise<CommandReply> {
  const used = await Promise.all(ports.map(async (port) => ({ port, use: force ? 0 : await useOf(port.driver) })))
  let changed = 0
  for (const { port } of used.sort((one, other) => other.use - one.use)) {
    const reply = await port.apply({ kind: 'obliterate', force })
    if (reply.inUse !== undefined) return reply
    changed = Math.max(changed, reply.changed)
  }
  return { changed }
}

async function useOf(driver: QueueAdmin): Promise<number> {
  const { running, idleWorkers } = await driver.inspect({ n: '0' })
  return running > 0 ? Number.POSITIVE_INFINITY : idleWorkers
}
