/** Answers at once. When it throws, `enqueue` is refused with a TypeError that has what it threw as its cause. */
export type HeadersFor = (task: { readonly queue: string }) => Readonly<Record<string, string>>
