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

/** By name, why these could not be read. */
export type Faults = ReadonlyMap<string, MqError>

/** Those of many that can be read, in the order of their names, and why the others cannot. */
export async function readEach<T>(
  names: readonly string[],
  read: (name: string, index: number) => Promise<T>,
): Promise<{ readonly values: readonly T[]; readonly faults: Faults }> {
  const found = await Promise.all(names.map((name, i) => readable(read(name, i))))
  return {
    values: found.flatMap(({ value, fault }) => (fault === undefined ? [value] : [])),
    faults: new Map(found.flatMap(({ fault }, i) => (fault === undefined ? [] : [[names[i]!, fault] as const]))),
  }
}

function isOfOne({ code, details }: MqError): boolean {
  if (code === 'layout-mismatch' || code === 'server-unsupported') return true
  return code === 'storage-refused' && details['passing'] !== true
}
