import { writeFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'

const EVERY_US = 250

/** Runs `work` under Node's profiler; the file opens in Chromium's developer tools or VS Code. */
export async function profileInto<T>(file: string, work: () => Promise<T>): Promise<T> {
  const session = await begin()
  try {
    const result = await work()
    await save(session, file)
    return result
  } finally {
    session.disconnect()
  }
}

/** The same for work that begins and ends in calls of its own: the answer ends it. */
export async function startProfile(file: string): Promise<() => Promise<void>> {
  const session = await begin()
  return async () => {
    await save(session, file)
    session.disconnect()
  }
}

async function begin(): Promise<Session> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: EVERY_US })
  await session.post('Profiler.start')
  return session
}

async function save(session: Session, file: string): Promise<void> {
  const { profile } = await session.post('Profiler.stop')
  await writeFile(file, JSON.stringify(profile))
}
