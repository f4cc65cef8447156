import { writeFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'

const EVERY_US = 250

/** Runs `work` under Node's profiler; the file opens in Chromium's developer tools or VS Code. */
export async function profileInto<T>(file: string, work: () => Promise<T>): Promise<T> {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: EVERY_US })
    await session.post('Profiler.start')
    const result = await work()
    const { profile } = await session.post('Profiler.stop')
    await writeFile(file, JSON.stringify(profile))
    return result
  } finally {
    session.disconnect()
  }
}
