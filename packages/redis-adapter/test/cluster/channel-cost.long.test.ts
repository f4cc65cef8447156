// What a message costs the masters of a cluster of three, by the number of partitions: minutes, so only where it is asked for.
import { defineChannel } from '@mq/core'
import { env } from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ClusterLab } from '../lab/cluster-lab.ts'
import { eventually } from '../lab/eventually.ts'
import { ownTime } from '../lab/own-time.ts'

const PUBLISHERS = 1_000
const FOR_MS = 6_000
/** Members keep up with publishers. */
const MOST_AHEAD = 3_000

async function cost(partitions: number): Promise<string> {
  await using lab = await ClusterLab.start()
  const cpu = (): Promise<number[]> =>
    Promise.all(
      lab.cluster.masters.map(async (master) => {
        const info = String(await lab.admin(master).info('cpu'))
        return [...info.matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)].reduce((sum, [, s]) => sum + Number(s) * 1e6, 0)
      }),
    )
  const definition = defineChannel<number>({ name: lab.freshName(), history: { maxCount: 100_000 }, partitions })
  const [producer, member] = [await lab.broker(), await lab.broker()]
  let [published, taken] = [0, 0]
  await member.channel(definition).consume('audit', () => void taken++, { concurrency: 100 })
  const channel = producer.channel(definition)
  let isOver = false
  const publishing = Array.from({ length: PUBLISHERS }, async (_, i) => {
    for (let n = 0; !isOver; n++) {
      published++
      await channel.publish(n, { key: `${i}.${n % 50}` })
      while (published - taken > MOST_AHEAD && !isOver) await delay(5)
    }
  })
  await delay(2_000)
  const [before, first, begin] = [await cpu(), taken, ownTime()]
  await delay(FOR_MS)
  const [after, last, end] = [await cpu(), taken, ownTime()]
  isOver = true
  await Promise.all(publishing)
  await eventually(async () => (await channel.group('audit').stats()).unread === 0, 'all messages')
  const messages = last - first
  const each = after.map((used, i) => (used - before[i]!) / messages)
  const sum = each.reduce((all, used) => all + used, 0)
  expect(messages).toBeGreaterThan(1_000)
  return `| ${partitions} | ${Math.round((messages / (end - begin)) * 1_000)} | ${sum.toFixed(1)} | ${Math.max(...each).toFixed(1)} |`
}

if (env['MQ_TEST_CLUSTER']) {
  it('is shared by the masters', async () => {
    for (const partitions of [1, 8, 24]) console.log(await cost(partitions))
  }, 120_000)
} else it.skip('what a message costs in a cluster of three: MQ_TEST_CLUSTER=1 would measure it', () => undefined)
