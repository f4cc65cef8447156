/**
 * Describes the kind of a value for a message: `undefined`, `a string`, `a Map`, `NaN`. Never its content, which may be
 * secret. Never throws.
 */
export function kindOf(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
    case 'boolean':
      return String(value)
    case 'number':
      return Number.isFinite(value) ? 'a number' : String(value)
    case 'string':
      return value === '' ? 'an empty string' : 'a string'
    case 'bigint':
      return 'a BigInt'
    case 'object':
      return value === null ? 'null' : kindOfObject(value)
    default:
      return `a ${typeof value}`
  }
}

const CLASS_NAME = /^[A-Za-z_$][\w$]{0,39}$/

function kindOfObject(value: object): string {
  try {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === null) return 'an object'
    const name: unknown = (prototype as { readonly constructor?: { readonly name?: unknown } }).constructor?.name
    if (typeof name !== 'string' || !CLASS_NAME.test(name)) return 'an object'
    const lower = name === 'Object' || name === 'Array' || name === 'Function' ? name.toLowerCase() : name
    return `${/^[AEIOaeio]/.test(lower) ? 'an' : 'a'} ${lower}`
  } catch {
    return 'an object'
  }
}
