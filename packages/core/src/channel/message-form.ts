import { parse } from '../define/schema.ts'
import type { StandardSchema } from '../define/schema.ts'
import { decodeBody } from '../wire/message-body.ts'
import type { BodyForm } from './channel-parts.ts'

/** The bodies of messages that programs publish. */
export function messageForm<Out>(channel: string, schema: StandardSchema<any, Out> | undefined): BodyForm<Out> {
  return {
    read(text) {
      const { headers, payload } = decodeBody(text)
      return { headers, payload: parse(schema, payload, 'invalid-message', 'the message') }
    },
    letterOf(text) {
      const newline = text.indexOf('\n')
      return { header: newline === -1 ? '' : text.slice(0, newline), payload: text.slice(newline + 1) }
    },
    advice: `channel ${channel} keeps no messages: declare its history, e.g. history: { maxAgeMs: 86_400_000 }`,
  }
}
