// What a closed broker leaves of its publishing.
import type { HistoryLimits } from '@mq/core'
import { expect, it } from 'vitest'
import { openScene } from '../lab/scene.ts'
import { key, KEPT } from '../lab/furnished-group.ts'
import { Lab } from '../lab/lab.ts'
import { publishScript } from '../../src/scripts/channel/publish.ts'

const lab = await Lab.start()
const histories: [string, HistoryLimits | undefined][] = [
  ['without history', undefined],
  ['with history', KEPT],
]

it.each(histories)(
  'a hundred brokers that publish and close leave no publisher of a channel %s',
  async (_, history) => {
    const name = lab.freshName()
    for (let i = 0; i < 100; i++) {
      const storage = await lab.open()
      const [channel, other] = [storage.channel(name), storage.channel(`${name}-other`)]
      await Promise.all([channel.publish(['1'], history), channel.publish(['2'], history), other.mark()])
      await storage.close()
    }
    expect(await lab.redis.exists(key(name, 'publishers'), key(`${name}-other`, 'publishers'))).toBe(0)
    const left = history === undefined ? ['seq'] : ['log', 'seq']
    expect((await lab.redis.keys(key(name, '*'))).sort()).toEqual(left.map((part) => key(name, part)))
  },
)

it('after an answer that was lost, whatever still arrives of it is refused', async () => {
  await using scene = await openScene()
  const broker = scene.broker()
  const channel = broker.channel('c')
  await channel.publish('first')
  const [name = ''] = await scene.admin.hkeys(key('c', 'publishers'))
  const cut = scene.proxy.cutNextReply(new RegExp(publishScript.sha))
  await expect(channel.publish('second')).rejects.toMatchObject({ code: 'unavailable' })
  expect(cut.done()).toBe(true)
  await channel.publish('third')
  await broker.close()
  const position = await scene.admin.hget(key('c', 'seq'), 'n')
  const late = (number: number): Promise<unknown> => {
    const keys = [key('c', 'seq'), key('c', 'publishers')]
    return scene.admin.eval(publishScript.lua, 2, ...keys, 'topic', 1, '1\n1', '', name, number, 'plain', 0)
  }
  for (const number of [1, 2, 3, 4, 1_000]) await expect(late(number)).rejects.toThrow('MQSTALE')
  expect(await scene.admin.hget(key('c', 'seq'), 'n')).toBe(position)
})
