import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The wall clock of a Redis that has one of its own. */
export class ServerClock {
  readonly file: string
  #seconds = 0

  private constructor(file: string) {
    this.file = file
  }

  static async in(directory: string): Promise<ServerClock> {
    const clock = new ServerClock(join(directory, 'clock-step'))
    await writeFile(clock.file, seconds(0))
    return clock
  }

  /** Moves it at once, against where it is now. Written in place: the server has the file mapped. */
  async step(bySeconds: number): Promise<void> {
    this.#seconds += bySeconds
    const file = await open(this.file, 'r+')
    await file.write(seconds(this.#seconds), 0, 8, 0)
    await file.close()
  }
}

function seconds(count: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(count))
  return bytes
}
