import type { ChannelDefinition } from '../define/define-channel.ts'
import type { Raw } from '../define/plain.ts'
import { parse } from '../define/schema.ts'
import { MqError } from '../errors.ts'
import { decode } from '../wire/codec.ts'
import type { Headers } from '../wire/message-body.ts'
import type { BodyForm } from './channel-parts.ts'
import { prepareMessage } from './prepare-message.ts'

/** The bodies of a raw channel: what other programs publish and hear, without an envelope. */
export function rawForm<Out>({ name, message: schema }: ChannelDefinition<any, Out>, { format }: Raw): BodyForm<Out> {
  return {
    read(text) {
      const payload = format === 'text' ? text : decode(text, 'invalid-message', 'the message')
      return { headers: {}, payload: parse(schema, payload, 'invalid-message', 'the message') }
    },
    letterOf: (text) => ({ header: '', payload: text }),
    advice: `channel ${name} is raw, and keeps no messages`,
  }
}

/** A message as other programs hear it. */
export function prepareRaw<In>(
  { name, message: schema }: ChannelDefinition<In, any>,
  { format }: Raw,
  message: In,
  headers: Headers | undefined,
): string | Promise<string> {
  if (headers !== undefined) {
    throw new MqError('invalid-options', `channel ${name} is raw, and has no headers`, {
      details: { option: 'headers', kind: 'headers of a raw channel' },
    })
  }
  const json = prepareMessage(schema, message, undefined)
  if (format === 'json') return json
  if (typeof message !== 'string') throw new MqError('invalid-message', `channel ${name} takes texts only`)
  return json instanceof Promise ? json.then(() => message) : message
}
