import { beeQueue } from './bee-queue.ts'
import { bullmq } from './bullmq.ts'
import type { Contender } from './contender.ts'
import { mq } from './mq.ts'

export const CONTENDERS: readonly Contender[] = [mq, bullmq, beeQueue]

export function findContender(name: string): Contender {
  const found = CONTENDERS.find((contender) => contender.name === name)
  if (!found) throw new TypeError(`there is no contender ${name}: ${CONTENDERS.map((each) => each.name).join(', ')}`)
  return found
}
