/** Lua that several scripts share, or that has a role of its own. `pnpm check` holds what it declares to its text. */
export interface Part {
  readonly name: string
  /** The locals it uses that are not its own: keys, arguments, and what other parts give. */
  readonly needs: readonly string[]
  /** The locals that whoever puts it in front of other lines may use there. */
  readonly gives: readonly string[]
  readonly lua: string
}

/** `needs` and `gives`: names with a space between. */
export type PartSource = Record<'name' | 'needs' | 'gives' | 'lua', string>

const defined: Part[] = []

/** Made once at the start, so that the check knows them all. */
export function definePart({ name, needs, gives, lua }: PartSource): Part {
  const part = { name, needs: wordsOf(needs), gives: wordsOf(gives), lua }
  defined.push(part)
  return part
}

function wordsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ')
}

/** For the check. */
export function definedParts(): readonly Part[] {
  return defined
}
