import { checkBytes, decode, encode } from '../codec.ts'
import { MAX_PAYLOAD_BYTES } from '../define/limits.ts'
import { isUnchecked, parse } from '../define/schema.ts'
import type { StandardSchema } from '../define/schema.ts'
import { encodeBody } from './message-body.ts'
import type { Headers } from './message-body.ts'

/** A message as it is sent: the encoded *input*, parsed as subscribers will, so that they can read whatever is sent. */
export function prepareMessage<In>(
  schema: StandardSchema<In, any> | undefined,
  message: In,
  headers: Headers | undefined,
): string | Promise<string> {
  const json = encode(message, 'invalid-message', 'the message')
  checkBytes(json, MAX_PAYLOAD_BYTES, 'the message')
  const body = encodeBody(json, headers)
  if (isUnchecked(schema)) return body
  const parsed: unknown = parse(
    schema,
    decode(json, 'invalid-message', 'the message'),
    'invalid-message',
    'the message',
  )
  return parsed instanceof Promise ? parsed.then(() => body) : body
}
