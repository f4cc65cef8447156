/**
 * The option in which two definitions of one name differ; undefined when they are the same. Schemas and functions are
 * the same only when they are one object.
 */
export function differenceOf(one: object, other: object): string | undefined {
  const [left, right] = [one, other] as [Fields, Fields]
  return Object.keys({ ...left, ...right }).find((option) => !isSame(left[option], right[option]))
}

type Fields = Readonly<Record<string, unknown>>

function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  return isPlain(one) && isPlain(other) && differenceOf(one, other) === undefined
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
