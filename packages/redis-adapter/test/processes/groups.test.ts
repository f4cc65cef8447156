import { env } from 'node:process'
import { createBroker, defineChannel, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { expect, it } from 'vitest'
import { Crew } from '../faults/crew.ts'
import type { Hand } from '../faults/crew.ts'
import { accountFor, readHistory } from '../faults/history.ts'
import type { Death } from '../faults/history.ts'
import { openScene } from '../faults/scene.ts'
import type { Scene } from '../faults/scene.ts'
import { rollDice } from '../faults/seeded.ts'
import { lasting, until } from '../faults/until.ts'

const COUNT = Number(env['MQ_TEST_MESSAGES'] ?? 20_000)
const GROUPS = ['a', 'b', 'c']
const PUBLISHERS = 4
const news = defineChannel({ name: 'news', history: { maxCount: 1_000_000 } })

/** SIGKILL, and at once, before any lease of its messages can end: what the group holds. */
async function kill(hand: Hand, group: string, { admin }: Scene): Promise<Death> {
  await hand.kill()
  const prefix = `mq:{news}:group.${group}`
  const [held, hands] = await Promise.all([admin.hgetall(`${prefix}:held`), admin.hgetall(`${prefix}:hands`)])
  const leased = new Set<string>()
  for (const [name, bits] of Object.entries(held)) {
    const ids = hands[name]?.split('|')[1]?.split(',') ?? []
    ids.forEach((id, i) => bits[i] !== '0' && leased.add(id.slice(id.indexOf('-') + 1)))
  }
  return { pid: hand.pid, leased }
}

async function publishAll(url: string): Promise<void> {
  const brokers = Array.from({ length: PUBLISHERS }, () =>
    createBroker(redisAdapter({ url }), { logger: silentLogger }),
  )
  await Promise.all(
    brokers.map(async (broker, publisher) => {
      const channel = broker.channel(news)
      for (let first = publisher; first < COUNT; first += PUBLISHERS * 50) {
        const some = Array.from({ length: 50 }, (_, i) => first + i * PUBLISHERS).filter((n) => n < COUNT)
        await Promise.all(some.map((n) => channel.publish(n)))
      }
      await broker.close()
    }),
  )
}

it('every group gets every message while a member is killed every second', { timeout: 240_000 }, async () => {
  const dice = rollDice('kill a member every second')
  await using scene = await openScene()
  const { url } = scene.server
  const worker = { concurrency: 20, leaseMs: 2_000 }
  const settings = { url, queue: 'news', seed: dice.seed, worker, deadlineMs: 5_000 }
  await using a = new Crew({ ...settings, group: 'a', handlerMs: [1, 6] })
  await using b = new Crew({ ...settings, group: 'b', handlerMs: [1, 6] })
  await using c = new Crew({ ...settings, group: 'c', handlerMs: [1, 6] })
  const crews = [a, b, c]
  for (const crew of crews) for (let i = 0; i < 2; i++) crew.add()
  await Promise.all(crews.map((crew) => crew.allWorking()))
  for (const crew of crews) crew.add({ spare: true })

  const channel = scene.broker().channel(news)
  const begin = performance.now()
  const publishing = publishAll(url)
  const deaths: Death[][] = crews.map(() => [])
  const done = async (): Promise<boolean> => {
    const stats = await Promise.all(GROUPS.map((group) => channel.group(group).stats()))
    return (
      Number(await scene.admin.hget('mq:{news}:seq', 'n')) >= COUNT &&
      stats.every(({ unread, running, returned, delayed }) => unread + running + returned + delayed === 0)
    )
  }
  while (!(await done()) && performance.now() - begin < 200_000) {
    await lasting(1_000)
    if (await done()) break
    const turn = dice.between(0, 2)
    const crew = crews[turn]!
    const spare = await until('a replacement', 30_000, () => crew.spares[0])
    deaths[turn]!.push(await kill(dice.oneOf(crew.working), GROUPS[turn]!, scene))
    spare.work()
    await until('the replacement to work', 10_000, () => spare.working)
    crew.add({ spare: true })
  }
  await publishing
  const seconds = Math.round((performance.now() - begin) / 100) / 10
  for (const [i, crew] of crews.entries()) {
    const account = accountFor(readHistory(crew.files), COUNT, deaths[i])
    const { lost, duplicates, inFlight } = account
    console.log(
      `group ${GROUPS[i]}: ${COUNT} messages in ${seconds} s, ${deaths[i]!.length} kills: lost ${lost.length}, ` +
        `duplicates ${duplicates}, in flight at the deaths ${inFlight}, handlers ended ${account.ends}`,
    )
    expect(lost).toEqual([])
    expect(account.unexplained).toEqual([])
    expect(account.unfenced).toEqual([])
    expect(account.doubled).toEqual([])
    expect(duplicates).toBeLessThanOrEqual(inFlight)
    expect(await channel.group(GROUPS[i]!).stats()).toMatchObject({ dead: 0, lost: 0 })
  }
  expect(deaths.flat().length).toBeGreaterThan(0)
})
