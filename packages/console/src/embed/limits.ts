/** Of a request to a server that is the console's own: a batch of tasks as core takes it, and its frame. */
export const BODY_LIMIT = 5 * 1_048_576
