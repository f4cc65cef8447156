import { differenceOf } from './define/difference.ts'

export interface Kind<Definition, Handle> {
  /** The word for it in errors. */
  readonly what: 'queue' | 'channel' | 'pattern'
  readonly nameOf: (definition: Definition) => string
  /** The definition of a name that is used without one. */
  readonly undefinedOf: (name: string) => Definition
  /** Throws for a value that no `define…` returned. */
  readonly check: (definition: Definition) => Definition
  readonly open: (definition: Definition) => Handle
}

/** A broker's handles of one kind: one for each definition, or for each name that is used without a definition. */
export class Handles<Definition extends object, Handle> {
  readonly #kind: Kind<Definition, Handle>
  readonly #undefined = new Map<string, Definition>()
  readonly #defined = new Map<string, Definition>()
  readonly #open = new Map<Definition, Handle>()

  constructor(kind: Kind<Definition, Handle>) {
    this.#kind = kind
  }

  of(which: string | Definition): Handle {
    const definition =
      typeof which === 'string'
        ? remember(this.#undefined, which, () => this.#kind.undefinedOf(which))
        : this.#theOnlyOne(this.#kind.check(which))
    return remember(this.#open, definition, () => this.#kind.open(definition))
  }

  /** By which definition it was opened; undefined for what was not opened here. */
  definitionOf(handle: Handle & { readonly definition?: Definition }): Definition | undefined {
    const { definition } = handle
    return definition !== undefined && this.#open.get(definition) === handle ? definition : undefined
  }

  all(): Iterable<Handle> {
    return this.#open.values()
  }

  /**
   * Two different definitions of one name are refused: its tasks would be subject to different rules, depending on the
   * handle. Equal definitions share a handle, so that a definition that is made again for each request costs one
   * handle.
   */
  #theOnlyOne(definition: Definition): Definition {
    const { what, nameOf } = this.#kind
    const name = nameOf(definition)
    const first = remember(this.#defined, name, () => definition)
    if (first === definition) return first
    const option = differenceOf(first, definition)
    if (option === undefined) return first
    throw new TypeError(
      `${what} ${name} has two definitions in this broker, which differ in ${option}: define it once, and pass that to all`,
    )
  }
}

function remember<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
