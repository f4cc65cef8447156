import { describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

describe('a server that came back without its last writes', () => {
  it('gives no number again that it gave before', async () => {
    const queue = await lab.queue()
    const given = Number(await queue.addOne('1'))
    // As it was ten seconds ago: the counter had not come so far.
    await lab.redis.hset(queue.key('meta'), 'n', given - 10_000_000)
    await lab.redis.del(queue.key('tasks'), queue.key('ready:4'))
    await eventually(async () => {
      const [seconds, micros] = await lab.redis.time()
      return Number(seconds) * 1_000_000 + Number(micros) > given + 1_000
    }, 'a clock past the last number')
    expect(Number(await queue.addOne('2'))).toBeGreaterThan(given)
  })

  // It cannot know what it lost: subscribers must not take a number for that of an earlier message.
  it('begins a new numbering of its channels', async () => {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    const before = await channel.publish(['"1"'])
    expect((await channel.publish(['"2"'])).epoch).toBe(before.epoch)
    await lab.redis.hset(`mq:{${name}}:seq`, 'run', 'the run before')
    const after = await channel.publish(['"3"'])
    expect(Number(after.epoch)).toBeGreaterThan(Number(before.epoch))
    expect(after.n).toBe(1)
  })
})
