/** A task by its number, or by its caller's own id. */
export type TaskRef = { readonly n: string } | { readonly id: string }
