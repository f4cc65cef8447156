/** Lua that several scripts share, or that has a role of its own. `.ci/lua-parts.mjs` holds what it declares to its text. */
export interface Part {
  readonly name: string
  /** The locals it uses that are not its own: keys, arguments, and what other parts give. */
  readonly needs: readonly string[]
  /** The locals that whoever puts it in front of other lines may use there. */
  readonly gives: readonly string[]
  readonly lua: string
}

const defined: Part[] = []

/** Made once at the start, so that the check knows them all. */
export function definePart(part: Part): Part {
  defined.push(part)
  return part
}

/** For the check. */
export function definedParts(): readonly Part[] {
  return defined
}
