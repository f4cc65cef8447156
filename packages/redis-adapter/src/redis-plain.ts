import { MqError } from '@mq/core/adapter'
import type { PlainStorage } from '@mq/core/adapter'
import { checkForeign } from './inbox-key.ts'
import type { Participant } from './participant.ts'

/** Lists and topics as other programs use them: RPUSH, PUBLISH and SUBSCRIBE, nothing around the texts. */
export function createRedisPlain(participant: Participant): PlainStorage {
  const { prefix, topics } = participant
  return {
    async push(list, texts) {
      checkForeign(list, prefix)
      if (texts.length > 0) await participant.call('rpush', list, texts)
    },

    topic: (name) => ({
      async publish(texts) {
        await Promise.all(texts.map((text) => participant.call('publish', name, [text])))
      },

      async subscribe({ onText, onInterruption }) {
        const leave = await topics.listenSurely({ kind: 'plain', name }, { onMessage: onText, onInterruption })
        return topics.subscription(leave)
      },
    }),
  }
}

/** How many entries a list has; undefined where the key holds none, but something else. */
export async function lengthOf(participant: Participant, list: string): Promise<number | undefined> {
  try {
    return Number(await participant.call('llen', list))
  } catch (thrown) {
    if (MqError.is(thrown, 'storage-refused') && thrown.message.includes('WRONGTYPE')) return undefined
    throw thrown
  }
}
