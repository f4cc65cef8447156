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
    const { defaultValue = '' } = field.def as { readonly defaultValue?: string | number | readonly string[] }
    return { name, byDefault: String(defaultValue), what: field.description ?? '' }
  })
}

export function helpOf(app: string, variables: readonly Variable[]): string {
  const rows = [['variable', 'default', ''], ...variables.map(({ name, byDefault, what }) => [name, byDefault, what])]
  const [first, second] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map(([name, byDefault, what]) =>
    `  ${name!.padEnd(first!)}  ${byDefault!.padEnd(second!)}  ${what}`.trimEnd(),
  )
  return `${app} takes everything from its environment; an empty variable counts as not set.\n\n${lines.join('\n')}\n`
}
