import { resolveBackoff } from '../define/backoff.ts'
import { parse } from '../define/schema.ts'
import { createWorker } from '../engine/create-worker.ts'
import type { Context } from '../engine/handler.ts'
import type { Worker } from '../engine/worker.ts'
import { MqError } from '../errors.ts'
import type { ConsumeOptions, Message, MessageTaskHandler } from './channel.ts'
import type { ChannelParts } from './create-channel.ts'
import { decodeBody } from './message-body.ts'

/** A group's member: the worker engine of queues, on the messages of a channel. */
export function consumeGroup<Out>(
  { definition, driver, capabilities, services, assertOpen, onWorker }: ChannelParts<any, Out>,
  group: string,
  handler: MessageTaskHandler<Out>,
  { from = 'latest', ...options }: ConsumeOptions,
): Worker {
  const { name, message: schema, history } = definition
  if (history === undefined) {
    throw new TypeError(
      `channel ${name} keeps no messages: declare its history, e.g. history: { maxAgeMs: 86_400_000 }`,
    )
  }
  if (!capabilities.groups) throw new MqError('unsupported', `this adapter has no consumer groups (channel ${name})`)
  const work = {
    attempts: 5,
    backoff: resolveBackoff(),
    timeoutMs: undefined,
    keepResults: false,
    handler: (message: Message<Out>, context: Context) => handler(message, context),
    decodePayload(text: string) {
      // "epoch n body": the position is part of what a group's driver delivers.
      const [epoch = '', n = ''] = text.split(' ', 2)
      const { headers, payload: value } = decodeBody(text.slice(epoch.length + n.length + 2))
      const payload = parse(schema, value, 'invalid-message', 'the message')
      const positioned = (parsed: Out): Message<Out> => ({
        channel: name,
        payload: parsed,
        headers,
        epoch,
        n: Number(n),
      })
      return payload instanceof Promise ? payload.then(positioned) : positioned(payload)
    },
    encodeResult: () => undefined,
  }
  assertOpen()
  const parts = { name: `${name}/${group}`, driver: driver.group(group, { from }), services, work, begun: onWorker }
  return createWorker(parts, options)
}
