import type { ChannelDriver, ChannelDriverOptions, FrameListener, Subscription } from '@mq/core'
import { MqError } from '@mq/core'
import type { TopicKind } from './hints.ts'
import { channelTopic, markerTopic } from './keys.ts'
import type { Participant } from './participant.ts'
import { keysFor } from './script.ts'
import { encodeBodies, parseFrame, parsePosition, publishScript } from './scripts/publish.ts'

/** A channel's verbs: one script numbers and sends, one pub/sub topic carries. */
export function createRedisChannel(
  participant: Participant,
  channel: string,
  { sharded = false }: ChannelDriverOptions = {},
): ChannelDriver {
  const { hints, prefix } = participant
  const topic = channelTopic(prefix, channel)
  const keys = keysFor(publishScript, prefix, channel)
  const kind: TopicKind = sharded ? 'sharded' : 'plain'
  // Where it comes on the path of the messages: in a cluster, each shard has a connection of its own.
  const markers = sharded ? markerTopic(prefix, channel, participant.name) : participant.topic

  const send = (to: string, bodies: readonly string[], front: string): Promise<unknown> => {
    const { runId } = participant
    const count = bodies.length
    const args = [to, count, encodeBodies(bodies), front, runId, participant.topic, participant.nextPublish(), kind]
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
      const heard = { onMessage: take, onInterruption: () => listener.onInterruption() }
      const marked = (text: string): void => take(text.slice(text.indexOf('\n') + 1))
      const leave = await Promise.all([
        hints.listen({ kind, name: topic }, heard),
        sharded
          ? hints.listen({ kind, name: markers }, { onMessage: marked, onInterruption: () => undefined })
          : participant.hearChannel(channel, marked),
      ])
      return hints.together(leave)
    },

    async mark() {
      return parsePosition(await send(markers, [], `m${channel}\n`))
    },

    group() {
      throw new MqError('unsupported', 'the Redis adapter has no consumer groups yet')
    },
  }
}
