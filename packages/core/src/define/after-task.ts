/** A task that another is to run after: a handle of it, or its queue and id. */
export interface AfterTask {
  readonly queue: string
  readonly id: string
}
