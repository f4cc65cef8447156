import type { Broker, Channel, MessageSource, Queue } from '@mq/core'
import type { ConsoleOptions } from '../options.ts'
import { Problem } from '../problems/problem.ts'

/**
 * Finds queues and channels by their names. Reading one that does not exist is refused: a broker keeps its handles, and
 * a client could make it keep one for each name that it thinks of.
 */
export interface Directory {
  /** Throws `unknown-queue`. */
  queue(name: string): Promise<Queue>
  /** One that may begin to exist by what is done to it. */
  anyQueue(name: string): Queue
  /** Throws `unknown-channel`. */
  channel(name: string): Promise<Channel>
  anyChannel(name: string): Channel
  /** A channel, or the outcomes of a queue. Throws `unknown-channel`, or `unknown-queue`. */
  source(name: string): Promise<MessageSource>
}

const OUTCOMES = ':outcomes'

/** The queue whose outcomes have this name, if they are meant. */
export function queueOfOutcomes(source: string): string | undefined {
  return source.endsWith(OUTCOMES) ? source.slice(0, -OUTCOMES.length) : undefined
}

type Parts = Pick<ConsoleOptions, 'broker' | 'queues' | 'channels'>

export function createDirectory({ broker, queues = [], channels = [] }: Parts): Directory {
  const definedQueues = new Map(queues.map((definition) => [definition.name, definition]))
  const definedChannels = new Map(channels.map((definition) => [definition.name, definition]))

  const anyQueue = (name: string): Queue => {
    const definition = definedQueues.get(name)
    return definition === undefined ? broker.queue(name) : broker.queue(definition)
  }
  const anyChannel = (name: string): Channel => {
    const definition = definedChannels.get(name)
    return definition === undefined ? broker.channel(name) : broker.channel(definition)
  }

  const directory: Directory = {
    anyQueue,
    anyChannel,

    async source(name) {
      const queue = queueOfOutcomes(name)
      return queue === undefined ? directory.channel(name) : (await directory.queue(queue)).outcomes
    },

    async queue(name) {
      if (definedQueues.has(name) || (await isListed((page) => broker.queues(page), name))) return anyQueue(name)
      throw new Problem(404, 'unknown-queue', 'there is no such queue')
    },

    async channel(name) {
      if (definedChannels.has(name) || (await isListed((page) => broker.channels(page), name))) return anyChannel(name)
      throw new Problem(404, 'unknown-channel', 'there is no such channel')
    },
  }
  return directory
}

/** Whether the first name from this one on is this one: a single look, however many names there are. */
async function isListed(list: Broker['queues'], name: string): Promise<boolean> {
  const [first] = await list({ after: before(name), limit: 1 })
  return first === name
}

const ALPHABET = '-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
const LONGEST_NAME = 128

/** The last name that is possible before this one; undefined where there is none. */
function before(name: string): string | undefined {
  const shorter = name.slice(0, -1)
  const previous = ALPHABET[ALPHABET.indexOf(name.at(-1) ?? '') - 1]
  if (previous === undefined) return shorter === '' ? undefined : shorter
  return (shorter + previous).padEnd(LONGEST_NAME, ALPHABET.at(-1))
}
