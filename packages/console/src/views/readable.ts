import { MqError } from '@mq/core'

/** What one of many could not be read for, or its value. */
export type Readable<T> =
  | { readonly value: T; readonly fault?: undefined }
  | { readonly value?: undefined; readonly fault: MqError }

/**
 * One of many that cannot be read does not hide the others: another program wrote a key of it, a newer version did, or
 * the storage's user may not read it. What concerns all of them alike is thrown.
 */
export async function readable<T>(call: Promise<T>): Promise<Readable<T>> {
  try {
    return { value: await call }
  } catch (thrown) {
    if (MqError.is(thrown) && isOfOne(thrown)) return { fault: thrown }
    throw thrown
  }
}

function isOfOne({ code, details }: MqError): boolean {
  if (code === 'layout-mismatch' || code === 'server-unsupported') return true
  return code === 'storage-refused' && details['passing'] !== true
}
