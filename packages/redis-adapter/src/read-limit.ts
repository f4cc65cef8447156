/**
 * The records that a call of a reader takes of the server at a time: each MiB holds it up for about 5 ms. Less than a
 * batch, for whose task somebody waits.
 */
export const MOST_READ_BYTES = 1_048_576
