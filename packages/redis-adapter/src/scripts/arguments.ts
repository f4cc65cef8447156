/** What TypeScript hands over for an argument, by how Lua reads it. */
interface Kinds {
  text: string | number
  /** Nil in Lua where it is ''. */
  number: number | ''
  /** True or false in Lua. */
  flag: boolean
}

/**
 * The arguments of a script, or those of each task in it, in the one order by which both sides go: that of the properties, whose
 * names are those of the locals.
 */
export type Shape = Readonly<Record<string, keyof Kinds>>

export type Values<S extends Shape> = { readonly [Name in keyof S]: Kinds[S[Name]] }

export function lengthOf(shape: Shape): number {
  return Object.keys(shape).length
}

/**
 * A line of Lua that reads them, or `only` the one. `first`, a number or an expression, says where in ARGV they begin.
 */
export function readArguments<S extends Shape>(shape: S, first: number | string = 1, only?: keyof S): string {
  const read = Object.entries(shape).flatMap(([name, kind], i) =>
    only === undefined || only === name ? [[name, readAs(kind, placeOf(first, i))]] : [],
  )
  return `local ${read.map(([name]) => name).join(', ')} = ${read.map(([, text]) => text).join(', ')}`
}

/** For ARGV. */
export function argumentsOf<S extends Shape>(shape: S, values: Values<S>): (string | number)[] {
  return Object.keys(shape).map((name) => {
    const value: Kinds[keyof Kinds] = values[name]!
    return typeof value === 'boolean' ? Number(value) : value
  })
}

function placeOf(first: number | string, i: number): string {
  if (typeof first === 'number') return `ARGV[${first + i}]`
  return i === 0 ? `ARGV[${first}]` : `ARGV[${first} + ${i}]`
}

function readAs(kind: keyof Kinds, argument: string): string {
  if (kind === 'number') return `tonumber(${argument})`
  return kind === 'flag' ? `${argument} == '1'` : argument
}
