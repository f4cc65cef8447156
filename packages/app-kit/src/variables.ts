import type { z } from 'zod'

/** An environment variable of an app, as people read of it. */
export interface Variable {
  readonly name: string
  /** '' when it has none. */
  readonly byDefault: string
  readonly what: string
}

/** The variables of an app, from the schema that reads them. */
export function variablesOf(schema: z.ZodType): readonly Variable[] {
  if (!('shape' in schema)) throw new TypeError('the schema of an environment is an object')
  const { shape } = schema as unknown as { readonly shape: Readonly<Record<string, z.ZodType>> }
  return Object.entries(shape).map(([name, field]) => {
    return { name, byDefault: defaultOf(field), what: field.description ?? '' }
  })
}

interface FieldParts {
  readonly defaultValue?: string | number | readonly string[]
  /** What is parsed before it is transformed. */
  readonly in?: z.ZodType
}

function defaultOf(field: z.ZodType): string {
  const { defaultValue, in: first } = field.def as FieldParts
  if (defaultValue === undefined && first !== undefined) return defaultOf(first)
  return String(defaultValue ?? '')
}

export function helpOf(app: string, variables: readonly Variable[]): string {
  const rows = [['variable', 'default', ''], ...variables.map(({ name, byDefault, what }) => [name, byDefault, what])]
  const [first, second] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map(([name, byDefault, what]) =>
    `  ${name!.padEnd(first!)}  ${byDefault!.padEnd(second!)}  ${what}`.trimEnd(),
  )
  return `${app} takes everything from its environment; an empty variable counts as not set.\n\n${lines.join('\n')}\n`
}
