const HIDDEN = '(a URL that is not shown)'

/**
 * A storage's URL for people to read: without user, password and query, and not at all where a password may have got
 * elsewhere.
 */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return HIDDEN
  const { protocol, username, password, host, pathname, search, hash } = new URL(url)
  const hasLogin = username !== '' || password !== ''
  // A sign of a password that was not escaped ends the host early: the real `@` then comes behind it.
  const isBroken = hash !== '' || url.includes('@') !== hasLogin || (pathname + search).includes('@')
  const isPlace = protocol.endsWith('unix:') || /^\/?\d*$/.test(pathname)
  if (isBroken || !isPlace || !/^(?:redis|unix)/.test(protocol)) return HIDDEN
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`
}
