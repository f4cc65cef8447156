import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import { checkBatchBytes } from '../wire/codec.ts'
import { checkBoolean, checkOptions, checkList } from '../define/check-call.ts'
import type { ChannelDefinition } from '../define/define-channel.ts'
import type { HandleEvents } from '../engine/worker-parts.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import { MqError } from '../errors.ts'
import type { ChannelDriver } from '../ports/channel-driver.ts'
import type { Channel, PublishOptions } from './channel.ts'
import type { SourceParts } from './channel-parts.ts'
import { prepareEntries } from '../wire/prepare-entries.ts'
import { createSource } from './create-source.ts'
import type { OpenSource } from './create-source.ts'
import { messageForm } from './message-form.ts'
import { prepareMessage } from './prepare-message.ts'
import { prepareRaw, rawForm } from './raw-form.ts'
import type { Headers } from '../wire/message-body.ts'
import { publishKey } from './publish-key.ts'
import { senderOf } from './partitions/ways.ts'

const NO_OPTIONS: PublishOptions = Object.freeze({})
const NO_KEYS: readonly string[] = Object.freeze([])

/** What a channel is made of. */
export interface ChannelParts<In, Out> extends Pick<
  SourceParts<Out>,
  'capabilities' | 'services' | 'assertOpen' | 'workers'
> {
  readonly definition: ChannelDefinition<In, Out>
  readonly driver: ChannelDriver
  readonly events: HandleEvents
}

export type OpenChannel<In, Out> = Channel<In, Out> & OpenSource<Out>

export function createChannel<In, Out>(parts: ChannelParts<In, Out>): OpenChannel<In, Out> {
  const { definition, driver, services, events } = parts
  const { name, message: schema, history, raw } = definition
  const source = createSource<Out>({
    ...parts,
    name,
    history,
    form: raw ? rawForm(definition, raw) : messageForm(name, schema),
    onWorker: events.onWorker,
  })
  const { assertOpen } = source
  const sender = senderOf(driver, history, services, () => events.onUsed(name))
  const prepare = (message: In, headers: Headers | undefined): string | Promise<string> =>
    raw ? prepareRaw(definition, raw, message, headers) : prepareMessage(schema, message, headers)

  return {
    ...source,
    definition,

    async publish(message, options = NO_OPTIONS) {
      assertOpen()
      if (options !== NO_OPTIONS) options = checkOptions('publish', options, ['headers', 'key'])
      const keys = options.key === undefined ? NO_KEYS : [publishKey(options.key)]
      const prepared = prepare(message, options.headers)
      const body = prepared instanceof Promise ? await prepared : prepared
      return sender.publish([body], body.length, keys)
    },

    async publishAll(entries) {
      assertOpen()
      const list = checkList('entries of publishAll', entries)
      if (list.length === 0) return []
      if (list.length > MAX_BATCH) {
        throw new MqError('batch-too-large', `at most ${MAX_BATCH} messages at once, not ${list.length}`)
      }
      const keys: string[] = []
      const prepared = prepareEntries(list, 'message', (message: In, options) => {
        const { headers, key } = checkOptions('an entry of publishAll', options, ['message', 'headers', 'key'])
        if (key !== undefined) keys.push(publishKey(key))
        return prepare(message, headers)
      })
      // Synchronous where the schema is, so that calls keep their order.
      const bodies = prepared instanceof Promise ? await prepared : prepared
      const units = checkBatchBytes(bodies)
      const { epoch, n } = await sender.publish(bodies, units, keys)
      return bodies.map((_, i) => ({ epoch, n: n - bodies.length + 1 + i }))
    },

    async obliterate(options = {}) {
      assertOpen()
      options = checkOptions('obliterate', options, ['force'])
      const force = checkBoolean('force', options.force ?? false)
      const timeoutMs = services.operationTimeoutMs
      const inUse = await repeatUntilKnown(services, () => driver.obliterate({ force }), { timeoutMs })
      if (inUse === undefined) return events.onObliterated(name)
      const why =
        inUse === 'messages' ? 'members of its groups hold messages' : 'members of its groups wait for messages'
      throw new MqError('channel-in-use', `channel ${name} is in use: ${why}`, { details: { inUse } })
    },
  }
}
