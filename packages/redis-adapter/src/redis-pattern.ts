import { argumentsOf } from './scripts/arguments.ts'
import type { PatternDriver } from '@mq/core/adapter'
import { MqError } from '@mq/core/adapter'
import { channelOf, patternTopic } from './keys.ts'
import { listenToAll } from './listen-to-all.ts'
import type { Participant } from './participant.ts'
import { keysFor } from './script.ts'
import { MARK, markScript } from './scripts/channel/mark.ts'
import { parseFrame, parsePosition } from './scripts/channel/publish.ts'

/** A pattern's verbs: one PSUBSCRIBE for all channels, and a marker for each channel. */
export function createRedisPattern(participant: Participant, pattern: string): PatternDriver {
  const { topics, prefix } = participant

  return {
    async subscribe(listener) {
      const take = (channel: string, text: string): void => {
        const frame = parseFrame(text)
        if (frame !== undefined) return listener.onFrame(channel, frame)
        listener.onMalformed(channel, new MqError('invalid-message', `another program wrote to channel ${channel}`))
      }
      // Called first, so that no marker is lost that is requested as soon as messages arrive.
      const markers = participant.hearChannel(pattern, (text) => {
        const [, channel = ''] = text.split('\n', 2)
        take(channel, text.slice(pattern.length + channel.length + 3))
      })
      const topic = { kind: 'pattern', name: patternTopic(participant, pattern) } as const
      const messages = markers.then(() =>
        topics.listenSurely(topic, {
          onMessage: (text, to) => take(channelOf(prefix, to), text),
          onInterruption: () => listener.onInterruption(),
        }),
      )
      return topics.subscription(await listenToAll([markers, messages]))
    },

    async mark(channel) {
      const { topic } = participant
      const marked = await participant.evaluate(markScript, keysFor(markScript, prefix, channel), (run) =>
        argumentsOf(MARK, { topic, prefix: `m${pattern}\n${channel}\n`, run, isSharded: false }),
      )
      return parsePosition(marked)
    },
  }
}
