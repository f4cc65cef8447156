const HIDDEN = '(a URL that is not shown)'

/**
 * A storage's URL for people: without user, password and query, and hidden completely when a password may be in another
 * part of it.
 */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return HIDDEN
  const { protocol, username, password, host, pathname, search, hash } = new URL(url)
  const hasLogin = username !== '' || password !== ''
  // A character of a password that was not escaped ends the host early: the real `@` is then after it.
  const isBroken = hash !== '' || url.includes('@') !== hasLogin || (pathname + search).includes('@')
  const isPlace = protocol.endsWith('unix:') || /^\/?\d*$/.test(pathname)
  if (isBroken || !isPlace || !/^(?:redis|unix)/.test(protocol)) return HIDDEN
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`
}
