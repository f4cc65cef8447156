import { checkCommand } from '../ports/check-arguments.ts'
import type { CommandReply, QueueAdmin, QueueCommand, Redrive, TaskRef } from '../ports/queue-admin.ts'
import type { PartitionPort } from './partition-port.ts'
import { placeOfTask } from './places.ts'
import { portionsByNumber } from './spread-out.ts'

type Of<Kind extends QueueCommand['kind']> = Extract<QueueCommand, { kind: Kind }>

/** Does a command where it belongs, or in all partitions. */
export async function applyOver(ports: readonly PartitionPort[], command: QueueCommand): Promise<CommandReply> {
  checkCommand(command)
  switch (command.kind) {
    case 'cancel':
    case 'change':
      return applyToTask(ports, command.task, (task) => ({ ...command, task }))
    case 'purge':
      return purge(ports, command)
    case 'redrive':
      return redrive(ports, command.tasks)
    case 'discard':
      return discard(ports, command.tasks)
    case 'obliterate':
      return obliterate(ports, command.force)
    case 'pause':
    case 'resume':
      return toAll(ports, command)
  }
}

/** A task with a key is in the partition of that, so one of this id may be elsewhere. */
async function applyToTask(
  ports: readonly PartitionPort[],
  task: TaskRef,
  commandOn: (task: TaskRef) => QueueCommand,
): Promise<CommandReply> {
  const { index, ref } = placeOfTask(task, ports.length)
  const reply = await ports[index]!.apply(commandOn(ref))
  if (reply.changed > 0 || 'n' in ref) return reply
  const replies = await Promise.all(
    ports.filter((port) => port.index !== index).map((port) => port.apply(commandOn(ref))),
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

async function redrive(ports: readonly PartitionPort[], tasks: readonly Redrive[]): Promise<CommandReply> {
  const portions = portionsByNumber(
    tasks,
    ports.length,
    ({ n }) => n,
    (task, own) => ({ ...task, n: own }),
  )
  const refused: number[] = []
  let changed = 0
  await Promise.all(
    portions.map(async ({ index, items, positions }) => {
      const reply = await ports[index]!.apply({ kind: 'redrive', tasks: items })
      changed += reply.changed
      for (const at of reply.refused ?? []) refused.push(positions[at]!)
    }),
  )
  return { changed, refused: refused.sort((one, other) => one - other) }
}

async function discard(ports: readonly PartitionPort[], tasks: readonly string[]): Promise<CommandReply> {
  const portions = portionsByNumber(
    tasks,
    ports.length,
    (n) => n,
    (_, own) => own,
  )
  const replies = await Promise.all(
    portions.map(({ index, items }) => ports[index]!.apply({ kind: 'discard', tasks: items })),
  )
  return { changed: replies.reduce((sum, { changed }) => sum + changed, 0) }
}

/**
 * One after the other, first where it will be refused most probably: a worker sleeps in all partitions. What is in use
 * from then on is refused when others are deleted already.
 */
async function obliterate(ports: readonly PartitionPort[], force: boolean): Promise<CommandReply> {
  const uses = force ? ports.map(() => 0) : await Promise.all(ports.map(({ driver }) => useOf(driver)))
  const inOrder = [...ports].sort((one, other) => uses[other.index]! - uses[one.index]!)
  let changed = 0
  for (const port of inOrder) {
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
