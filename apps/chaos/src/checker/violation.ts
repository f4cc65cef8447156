export type Invariant =
  | `I${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17}`
  | `K${1 | 2 | 3}`

export interface Violation {
  readonly invariant: Invariant
  readonly what: string
}
