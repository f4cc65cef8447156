/** Values that are none of a kind, for tables of options. */
export const NO_NUMBERS: readonly unknown[] = ['5', Number.NaN, {}, true, Number.POSITIVE_INFINITY]
/** For whole numbers from `least` to `most`. */
export const outside = (least: number, most: number = Number.MAX_SAFE_INTEGER): unknown[] => [
  ...NO_NUMBERS,
  least + 0.5,
  least - 1,
  most + 1,
]
export const NO_FUNCTIONS: readonly unknown[] = [5, 'f', {}, true]
export const NO_BOOLEANS: readonly unknown[] = [0, 'true', {}]
export const NO_TEXTS: readonly unknown[] = [5, {}, true]
export const NO_OBJECTS: readonly unknown[] = [5, 'x', [], true]
export const NO_SIGNALS: readonly unknown[] = [5, 'x', {}, new AbortController()]
export const NO_SCHEMAS: readonly unknown[] = [String, {}, 'string', { parse: () => 1 }]
export const YEAR_MS = 31_536_000_000
/** Ten years: the longest delay, and the longest wait. */
export const TIMER_MS = 315_360_000_000

/** `5` at `a.b` becomes `{ a: { b: 5 } }`, with what else `a` needs. */
export function at(path: string, value: unknown): Record<string, unknown> {
  const [option = '', inner] = path.split('.')
  return { [option]: inner === undefined ? value : { ...(option === 'capacity' && { size: 1 }), [inner]: value } }
}

export function show(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || 'f'}`
  return (JSON.stringify(value) ?? String(value)).replace(/x{20,}/, 'xxx…')
}
