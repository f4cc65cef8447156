import { argumentsOf } from './scripts/arguments.ts'
import type {
  ChannelDriver,
  ChannelDriverOptions,
  ChannelPosition,
  FrameListener,
  HistoryLimits,
  Logger,
  Subscription,
} from '@mq/core/adapter'
import { checkMessages, MqError } from '@mq/core/adapter'
import type { TopicKind } from './topic-link.ts'
import { channelTopic, keysOf, markerTopic } from './keys.ts'
import { listenToAll } from './listen-to-all.ts'
import type { Participant } from './participant.ts'
import { PublishLane } from './publish-lane.ts'
import { createRedisGroup, removeGroup, removeSilent, useOfGroup } from './redis-group.ts'
import { keysFor } from './script.ts'
import { appendArguments, appendScript } from './scripts/channel/append.ts'
import { channelObliterateScript } from './scripts/channel/channel-obliterate.ts'
import { endPublisherScript } from './scripts/channel/end-publisher.ts'
import { listGroupsScript } from './scripts/channel/list-groups.ts'
import { MARK, markScript } from './scripts/channel/mark.ts'
import { agoArguments, channelAgoScript } from './scripts/channel/channel-ago.ts'
import { encodeBodies, parseFrame, parsePosition, PUBLISH, publishScript } from './scripts/channel/publish.ts'

/** More than one try is needed when groups are created meanwhile. */
const MOST_ROUNDS = 100

/** A channel's verbs: one script numbers, keeps and sends the messages, and one pub/sub topic carries them. */
export function createRedisChannel(
  participant: Participant,
  channel: string,
  logger: Logger,
  { sharded = false }: ChannelDriverOptions = {},
): ChannelDriver {
  const { topics, prefix } = participant
  const topic = channelTopic(participant, channel)
  const keys = keysFor(publishScript, prefix, channel)
  const markKeys = keysFor(markScript, prefix, channel)
  const appendKeys = keysFor(appendScript, prefix, channel)
  const obliterateKeys = keysFor(channelObliterateScript, prefix, channel)
  const groupsKeys = keysFor(listGroupsScript, prefix, channel)
  const kind: TopicKind = sharded ? 'sharded' : 'plain'
  // The topic of markers, on the path of the messages: in a cluster, each shard has a connection of its own.
  const markers = sharded ? markerTopic(prefix, channel, participant.name) : participant.topic

  const lane = new PublishLane()
  const [publishers = ''] = keysOf(prefix, channel, ['publishers'])
  participant.onLeave(() => {
    const { last, name } = lane
    if (last === 'nothing') return undefined
    if (last === 'forget') return { key: publishers, command: ['hdel', publishers, name] }
    const endKeys = keysFor(endPublisherScript, prefix, channel)
    return { key: publishers, command: ['eval', endPublisherScript.lua, endKeys.length, ...endKeys, name] }
  })

  const send = (bodies: readonly string[]): Promise<unknown> =>
    lane.send(({ publisher, number, after }) =>
      participant.evaluate(publishScript, keys, (run) =>
        argumentsOf(PUBLISH, {
          topic,
          count: bodies.length,
          bodies: encodeBodies(bodies),
          run,
          publisher,
          number,
          isSharded: sharded,
          after,
        }),
      ),
    )

  const append = async (bodies: readonly string[], history: HistoryLimits): Promise<ChannelPosition> => {
    const reply = await lane.send((numbered) =>
      participant.evaluateDurably(appendScript, appendKeys, (runId) =>
        appendArguments(bodies, history, { topic, runId, ...numbered }),
      ),
    )
    const group = (reply as string[])[2] ?? ''
    if (group !== '') removeSilent(participant, channel, { group, afterMs: history.groupExpiresMs }, logger)
    return parsePosition(reply)
  }

  return {
    async publish(bodies, history) {
      checkMessages(bodies)
      return history === undefined ? parsePosition(await send(bodies)) : append(bodies, history)
    },

    async subscribe(listener: FrameListener): Promise<Subscription> {
      const take = (text: string): void => {
        const frame = parseFrame(text)
        if (frame !== undefined) listener.onFrame(frame)
        else listener.onMalformed(new MqError('invalid-message', `another program wrote to channel ${channel}`))
      }
      const heard = { onMessage: take, onInterruption: () => listener.onInterruption() }
      const marked = (text: string): void => take(text.slice(text.indexOf('\n') + 1))
      const leave = await listenToAll([
        topics.listen({ kind, name: topic }, heard),
        sharded
          ? topics.listen({ kind, name: markers }, { onMessage: marked, onInterruption: () => undefined })
          : participant.hearChannel(channel, marked),
      ])
      return topics.subscription(leave, sharded ? topic : undefined)
    },

    async mark() {
      const marked = await participant.evaluate(markScript, markKeys, (run) =>
        argumentsOf(MARK, { topic: markers, prefix: `m${channel}\n`, run, isSharded: sharded }),
      )
      return parsePosition(marked)
    },

    async obliterate({ force }) {
      const named = async (): Promise<readonly string[]> =>
        (await participant.evaluate(channelObliterateScript, obliterateKeys, [])) as string[]
      let groups = await named()
      if (!force) {
        const uses = await Promise.all(groups.map((group) => useOfGroup(participant, channel, group)))
        const inUse = uses.includes('messages') ? 'messages' : uses.find((use) => use !== undefined)
        if (inUse !== undefined) return inUse
      }
      for (let round = 0; groups.length > 0; round++, groups = await named()) {
        if (round === MOST_ROUNDS) {
          throw new MqError(
            'storage-refused',
            `groups of channel ${channel} are created again by their members while it is removed: close these members first`,
          )
        }
        await Promise.all(groups.map((group) => removeGroup(participant, channel, group)))
      }
      return undefined
    },

    async groups() {
      return (await participant.evaluate(listGroupsScript, groupsKeys, [])) as string[]
    },

    async agoOf(position) {
      const keys = participant.keys.of(channelAgoScript, channel)
      const ago = Number(await participant.evaluate(channelAgoScript, keys, agoArguments(position)))
      return ago < 0 ? undefined : ago
    },

    group: (name, { from }) => createRedisGroup(participant, channel, name, from),
  }
}
