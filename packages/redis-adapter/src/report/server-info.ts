/** What a server says of itself in the text of `INFO`. Fields that are missing, or no numbers, are undefined. */
export class ServerInfo {
  readonly #fields = new Map<string, string>()

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const colon = line.indexOf(':')
      if (colon > 0) this.#fields.set(line.slice(0, colon), line.slice(colon + 1).trim())
    }
  }

  text(field: string): string | undefined {
    const text = this.#fields.get(field)
    return text === '' ? undefined : text
  }

  number(field: string): number | undefined {
    const text = this.text(field)
    const number = text === undefined ? Number.NaN : Number(text)
    return Number.isFinite(number) ? number : undefined
  }

  /** A field of 1 or 0. */
  flag(field: string): boolean | undefined {
    const text = this.text(field)
    return text === '1' ? true : text === '0' ? false : undefined
  }

  /** Of each replica that is connected: whether it follows, and how far behind it is, in bytes of the stream. */
  replicas(): readonly { readonly online: boolean; readonly behind: number }[] {
    const offset = this.number('master_repl_offset') ?? 0
    return [...this.#fields].flatMap(([field, value]) => {
      if (!/^slave\d+$/.test(field) || !value.includes('state=')) return []
      const acknowledged = Number(/(?:^|,)offset=(\d+)/.exec(value)?.[1] ?? 0)
      return [{ online: /(?:^|,)state=online(?:,|$)/.test(value), behind: Math.max(0, offset - acknowledged) }]
    })
  }
}
