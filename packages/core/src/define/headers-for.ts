/** Must return synchronously. When it throws, `enqueue` is refused with a TypeError whose cause is the thrown value. */
export type HeadersFor = (task: { readonly queue: string }) => Readonly<Record<string, string>>
