import { checkRead } from '../ports/check-arguments.ts'
import type { TaskFacts, TaskPlace, TaskReading, TaskRef } from '../ports/queue-admin.ts'
import { least } from './counting.ts'
import type { PartitionPort } from './partition-port.ts'
import type { Partitions } from './partitions.ts'
import { gathered, portionsOf } from './spread-out.ts'

const UNKNOWN = 'unknown'

/** Asks for tasks where they are; those by an own id that are not at its home, elsewhere: they may have a key. */
export async function askedOver<Answer extends { readonly state: string }>(
  partitions: Partitions,
  tasks: readonly TaskRef[],
  ask: (port: PartitionPort, tasks: readonly TaskRef[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  checkRead(tasks)
  const portions = portionsOf(tasks, (task) => [partitions.placeOfTask(task), task])
  const answers = await gathered(portions, ask)
  const missing = tasks.flatMap((task, at) => ('id' in task && answers[at]!.state === UNKNOWN ? [at] : []))
  if (missing.length === 0) return answers
  const refs = missing.map((at) => tasks[at]!)
  for (const others of await Promise.all(partitions.all.map((port) => ask(port, refs)))) {
    others.forEach((answer, i) => {
      if (answer.state !== UNKNOWN) answers[missing[i]!] = answer
    })
  }
  return answers
}

export function readOver(
  partitions: Partitions,
  tasks: readonly TaskRef[],
  options?: { readonly watch?: boolean | undefined },
): Promise<TaskReading[]> {
  return askedOver(partitions, tasks, (port, some) => port.read(some, options))
}

/**
 * Workers look at the partitions one after the other: when one was last there, all of them say together.
 */
export async function inspectOver(
  partitions: Partitions,
  task: TaskRef,
  options?: { readonly content?: boolean | undefined },
): Promise<TaskFacts> {
  const home = partitions.placeOfTask(task)
  const facts = await home.inspect(task, options)
  const isSought = facts.reading.state === UNKNOWN && 'id' in task
  const isFor = options?.content !== true && facts.reading.state !== 'ended'
  if (!isSought && !isFor) return { ...facts, partition: placed(partitions, home) }
  const ref = isSought ? task : ({ n: '0' } as const)
  const others = await Promise.all(
    partitions.all
      .filter((port) => port !== home)
      .map(async (port) => ({ port, facts: await port.inspect(ref, options) })),
  )
  const found = others.find((other) => other.facts.reading.state !== UNKNOWN) ?? { port: home, facts }
  const seen = [facts, ...others.map((other) => other.facts)].map(({ workerSeenAgoMs }) => workerSeenAgoMs)
  return { ...found.facts, workerSeenAgoMs: least(seen), partition: placed(partitions, found.port) }
}

function placed({ current }: Partitions, port: PartitionPort): TaskPlace {
  const { position, of } = port
  return { index: position, of, ...(current.includes(port) ? undefined : { former: true }) }
}
