import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'

/** The wall clock of a process that has one of its own (clock-step.c). */
export class WallClock {
  readonly file: string
  #seconds = 0

  constructor(file: string) {
    this.file = file
    writeFileSync(file, seconds(0))
  }

  /** Moves it at once, against where it is now. Written in place: the process has the file mapped. */
  step(bySeconds: number): void {
    this.#seconds += bySeconds
    const file = openSync(this.file, 'r+')
    writeSync(file, seconds(this.#seconds), 0, 8, 0)
    closeSync(file)
  }
}

function seconds(count: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(count))
  return bytes
}
