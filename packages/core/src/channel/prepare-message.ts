import { checkBytes } from '../wire/codec.ts'
import type { StandardSchema } from '../define/schema.ts'
import { encodeInput } from '../wire/encode-input.ts'
import type { Input } from '../wire/encode-input.ts'
import { encodeBody } from '../wire/message-body.ts'
import type { Headers } from '../wire/message-body.ts'

const MESSAGE: Input = {
  code: 'invalid-message',
  what: 'the message',
  checkText: (text, maxBytes) => checkBytes(text, maxBytes, 'the message'),
}

/** A message as it is sent; one that subscribers could not read is refused here. */
export function prepareMessage<In>(
  schema: StandardSchema<In, any> | undefined,
  message: In,
  headers: Headers | undefined,
): string | Promise<string> {
  const json = encodeInput(schema, message, MESSAGE)
  return json instanceof Promise ? json.then((text) => encodeBody(text, headers)) : encodeBody(json, headers)
}
