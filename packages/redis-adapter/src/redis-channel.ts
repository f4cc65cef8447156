import type { ChannelDriver, FrameListener, Subscription } from '@mq/core'
import { MqError } from '@mq/core'
import { channelTopic } from './keys.ts'
import type { Participant } from './participant.ts'
import { keysFor } from './script.ts'
import { encodeBodies, parseFrame, parsePosition, publishScript } from './scripts/publish.ts'

/** A channel's verbs: one script numbers and sends, one pub/sub topic carries. */
export function createRedisChannel(participant: Participant, channel: string): ChannelDriver {
  const topic = channelTopic(participant.prefix, channel)
  const keys = keysFor(publishScript, participant.prefix, channel)

  const send = (to: string, bodies: readonly string[], prefix: string): Promise<unknown> => {
    const { runId } = participant
    const args = [to, bodies.length, encodeBodies(bodies), prefix, runId, participant.topic, participant.nextPublish()]
    return participant.evaluate(publishScript, keys, args)
  }

  return {
    async publish(bodies) {
      if (bodies.length === 0 || bodies.length > 1_000) {
        throw new MqError('storage-refused', `1–1,000 messages at once, not ${bodies.length}`)
      }
      return parsePosition(await send(topic, bodies, ''))
    },

    async subscribe(listener: FrameListener): Promise<Subscription> {
      const take = (text: string): void => {
        const frame = parseFrame(text)
        if (frame !== undefined) listener.onFrame(frame)
        else listener.onMalformed(new MqError('invalid-message', `another program wrote to channel ${channel}`))
      }
      const leave = await Promise.all([
        participant.hints.listen(topic, { onMessage: take, onInterruption: () => listener.onInterruption() }),
        participant.hearChannel(channel, (text) => take(text.slice(text.indexOf('\n') + 1))),
      ])
      return participant.hints.together(leave)
    },

    async mark() {
      return parsePosition(await send(participant.topic, [], `m${channel}\n`))
    },

    group() {
      throw new MqError('unsupported', 'the Redis adapter has no consumer groups yet')
    },
  }
}
